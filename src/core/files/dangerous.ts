/**
 * Names that change what runs on a computer without anybody asking for that file: it is
 * enough to open the folder, enter it in a shell, log in, or call git or a package tool.
 * They are unticked in an offer until the user ticks them.
 *
 * Not meant: files that a user runs on purpose (Makefile, package.json, build scripts,
 * programs) and configuration that is code of the project like the rest (eslint.config.js,
 * conftest.py). There the editor's workspace trust asks.
 */

/** Folders of which everything counts. A name that ends in `.git` is a bare repository. */
const folders = new Set(
  `.git .hg .svn .bzr .jj .github .gitlab .circleci .husky .githooks .lefthook
  .vscode .vscode-server .vscode-insiders .vs .idea .run .zed .fleet .cursor .claude .codex .gemini
  .devcontainer .ssh .gnupg .aws .kube .docker .config .local .emacs.d .vim
  .cargo .mvn .gradle .m2 .bundle .yarn .npm .direnv .mise .asdf .devbox .terraform
  launchagents launchdaemons startup __pycache__`.split(/\s+/),
);

const files = new Set(
  `.bashrc .bash_profile .bash_login .bash_logout .bash_aliases .profile .login .logout .inputrc
  .zshrc .zshenv .zprofile .zlogin .zlogout .cshrc .tcshrc .kshrc .mkshrc .shrc .xonshrc
  .xprofile .xinitrc .xsession .xsessionrc .pam_environment .screenrc .tmux.conf
  profile.ps1 microsoft.powershell_profile.ps1 microsoft.vscode_profile.ps1
  .envrc mise.toml .mise.toml .tool-versions .gitconfig .gitmodules .gitattributes .hgrc head
  .npmrc .yarnrc .yarnrc.yml .pnpmfile.cjs .pnp.cjs .pnp.loader.mjs .pypirc .condarc .netrc _netrc
  .curlrc .wgetrc pip.conf pip.ini bunfig.toml nuget.config
  directory.build.props directory.build.targets directory.build.rsp
  .pre-commit-config.yaml lefthook.yml lefthook.yaml .lefthook.yml .huskyrc .overcommit.yml
  .vimrc _vimrc .gvimrc .exrc .nvimrc .nvim.lua .nvim.vim .emacs .dir-locals.el .gdbinit .lldbinit
  .rprofile .irbrc .pryrc .psqlrc .sqliterc .my.cnf .pythonrc sitecustomize.py usercustomize.py
  .devcontainer.json .gitlab-ci.yml .mcp.json .cursorrules .aider.conf.yml
  authorized_keys autorun.inf desktop.ini .rhosts .shosts .forward crontab .crontab`.split(/\s+/),
);

const patterns: readonly RegExp[] = [
  /\.code-workspace$/,
  /\.git$/,
  /\.pth$/,
  /\.(?:desktop|lnk|url|scf|library-ms|settingcontent-ms)$/,
  /^\.vscode-test/,
  /^\.(?:lintstaged|husky)rc/,
];

/** `GIT~1`: the short name that Windows may give to `.git`, or to any other of the list. */
const shortName = /^[^~.]{1,6}~\d{1,6}(?:\..{1,3})?$/;

/** Does a file or folder at this path of an offer act by itself once it is there? */
export function isDangerous(path: string): boolean {
  const parts = path.split("/").map(asSomeFileSystemReadsIt);
  const last = parts.at(-1) ?? "";
  return (
    parts.some((part) => folders.has(part) || shortName.test(part) || part.endsWith(".git")) ||
    files.has(last) ||
    patterns.some((pattern) => pattern.test(last))
  );
}

const plainAscii = /^[ -~]*$/;

function withoutDisguise(part: string): string {
  return part.normalize("NFKC").replace(/\p{Default_Ignorable_Code_Point}/gu, "");
}

/**
 * The plainest name under which some file system would find this one: case folded; HFS+
 * skips joiners and marks, NTFS cuts streams and Windows drops dots and spaces at the end.
 * (git refuses the same disguises of `.git`; CVE-2014-9390, CVE-2019-1352.)
 */
function asSomeFileSystemReadsIt(part: string): string {
  return (plainAscii.test(part) ? part : withoutDisguise(part))
    .replace(/:.*$/s, "")
    .replace(/[. ]+$/, "")
    .toUpperCase()
    .toLowerCase();
}
