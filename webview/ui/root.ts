/** The two elements that a program draws and speaks into. */
export interface Root {
  readonly root: HTMLElement;
  /** A polite live region. */
  readonly announcer: HTMLElement;
}

export function makeRoot(document: Document): Root {
  const root = document.createElement("div");
  const announcer = document.createElement("div");
  root.id = "root";
  announcer.className = "spoken";
  announcer.setAttribute("role", "status");
  document.body.append(root, announcer);
  // Custom elements act on Space when it goes down; the page must not scroll as well.
  document.addEventListener("keydown", (event) => {
    const pressed = event.target instanceof Element && event.target.localName === "vscode-button";
    if (event.key === " " && pressed) event.preventDefault();
  });
  return { root, announcer };
}
