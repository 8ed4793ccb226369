/** The document that the view is loaded into. Host and tests use the same one. */

export interface Page {
  readonly title: string;
  /** BCP 47 tag of the view's texts. */
  readonly language: string;
  /** The webview's source for styles and fonts, as VS Code gives it. */
  readonly cspSource: string;
  /** Fresh random text of at least 128 bits in base64url for each document. */
  readonly nonce: string;
  /** Addresses of `main.js` and `panel.css`. */
  readonly script: string;
  readonly style: string;
}

/** Nothing may load but the one script, the style sheet and its font. */
function policy({ cspSource, nonce }: Page): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource}`,
    `font-src ${cspSource}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? "");
}

/** The whole document; the view's script fills its body. */
export function panelPage(page: Page): string {
  return `<!doctype html>
<html lang="${escaped(page.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escaped(policy(page))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(page.title)}</title>
<link rel="stylesheet" href="${escaped(page.style)}">
<script type="module" nonce="${escaped(page.nonce)}" src="${escaped(page.script)}"></script>
</head>
<body></body>
</html>
`;
}
