import assert from "node:assert/strict";
import { isDangerous } from "../../../../src/core/files/dangerous";

describe("dangerous targets", () => {
  const dangerous = [
    ".git/config",
    "a/.git/hooks/pre-commit",
    ".git",
    ".vscode/tasks.json",
    "x/.devcontainer/y",
    ".ssh/authorized_keys",
    "authorized_keys",
    ".bashrc",
    "home/.zshenv",
    "my.code-workspace",

    ".husky/pre-commit",
    ".githooks/x",
    ".npmrc",
    "sub/.envrc",
    ".vscode-test.mjs",
    ".idea/x.xml",
    "lib.git/config",
    "innocent/HEAD",
    ".config/autostart/x.desktop",
    ".mcp.json",
    "a.desktop",
  ];
  it("are marked", () => {
    for (const path of dangerous) assert.ok(isDangerous(path), path);
  });

  it("are marked in every disguise that a file system sees through", () => {
    const disguises = [
      ".GIT/config",
      ".Git/x",
      ".g\u200cit/config",
      ".git./x",
      ".git /x",
      ".git . /x",
      "GIT~1/config",
      "git~1",
      ".git::$INDEX_ALLOCATION/config",
      ".vSCode/tasks.json",
      "VSCODE~1/tasks.json",

      "GI7EBA~1/config",
      ".bashrc.",
      ".BASHRC",
      ".npmrc:x",
      ".\uff47it/x",
      ".ﬁleet/../.git",
      ".s\u00adsh/x",
    ];
    for (const path of disguises) assert.ok(isDangerous(path), path);
  });

  it("leave everyday files alone", () => {
    const everyday = [
      "src/index.ts",
      "Makefile",
      "package.json",
      "git/readme.md",
      "vscode.md",
      "digit",
      "report~.txt",

      "src/hooks/useThing.ts",
      "Header.tsx",
      "a.gitx",
      "backup.txt.~1~",
      "ssh-guide.pdf",
      "HEAD.md",
      ".env",
    ];
    for (const path of everyday) assert.ok(!isDangerous(path), path);
  });
});
