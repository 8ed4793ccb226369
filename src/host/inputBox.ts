import { window } from "vscode";

export interface Question {
  readonly title: string;
  readonly prompt: string;
  readonly placeholder: string;
  /** What the box starts with. */
  readonly value: string;
  /** What is wrong with the text while it is typed; `undefined` while nothing is. */
  typing(text: string): string | undefined;
  /** What is wrong with the text when it is entered; `undefined` accepts it. */
  entered(text: string): string | undefined;
}

/** Asks for a line of text; `undefined` when the user, or `signal`, leaves the box. */
export async function askForLine(
  question: Question,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (signal?.aborted === true) return undefined;
  const box = window.createInputBox();
  box.title = question.title;
  box.prompt = question.prompt;
  box.placeholder = question.placeholder;
  box.value = question.value;
  box.ignoreFocusOut = true;
  box.onDidChangeValue((text) => {
    box.validationMessage = question.typing(text);
  });
  const hide = () => box.hide();
  signal?.addEventListener("abort", hide);
  try {
    return await new Promise<string | undefined>((resolve) => {
      box.onDidHide(() => resolve(undefined));
      box.onDidAccept(() => {
        box.validationMessage = question.entered(box.value);
        if (box.validationMessage === undefined) resolve(box.value);
      });
      box.show();
    });
  } finally {
    signal?.removeEventListener("abort", hide);
    box.dispose();
  }
}
