/**
 * A second extension of the tests' own, which runs in the same extension host as ours and looks
 * at it. Its commands find a question on the clipboard, and leave an answer there, as JSON.
 */
import * as v from "valibot";
import { commands, type ExtensionContext, env, workspace } from "vscode";
import { MemoryFiles } from "../../support/vscode/memoryFiles";
import { PROBE_SCHEME, PROBED_TREE, span } from "../../support/vscode/probeReports";
import { watchActivation } from "./activation";
import { LoopWatch } from "./loop";

const asked = v.object({ question: v.unknown() });

/** VS Code calls it before it activates ours, whose event comes later. */
export function activate({ subscriptions }: ExtensionContext): void {
  const activation = watchActivation();
  const loop = new LoopWatch();
  const files = new MemoryFiles();
  for (const [path, text] of Object.entries(PROBED_TREE)) files.put(`/${path}`, text);
  const answers = (command: string, answer: (question: unknown) => object | Promise<object>) =>
    commands.registerCommand(`probe.${command}`, async () => {
      const { question } = v.parse(asked, JSON.parse(await env.clipboard.readText()));
      await env.clipboard.writeText(JSON.stringify(await answer(question)));
    });
  subscriptions.push(
    workspace.registerFileSystemProvider(PROBE_SCHEME, files, { isReadonly: true }),
    answers("activation", activation),
    answers("startLoop", () => loop.start()),
    answers("stopLoop", (question) => loop.stop(v.parse(span, question))),
  );
}
