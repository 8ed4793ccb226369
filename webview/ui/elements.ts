/** Small pieces that both web programs draw with. */
import "@vscode-elements/elements/dist/vscode-button/index.js";
import { html, nothing, type TemplateResult } from "lit";
import { visible } from "../../src/core/files/names";
import { qrShape } from "./qr";

export type Piece = TemplateResult | typeof nothing;

/** A codicon; says nothing to screen readers, so a text must stand beside it. */
export function icon(name: string): TemplateResult {
  return html`<span class="codicon codicon-${name}" aria-hidden="true"></span>`;
}

export interface ButtonLook {
  readonly primary?: boolean;
  readonly icon?: string;
  readonly disabled?: boolean;
  /** For tests and styles: what the button does, in one word. */
  readonly action: string;
}

/** A button with a visible label. */
export function button(label: string, look: ButtonLook, press: () => void): TemplateResult {
  const disabled = look.disabled ?? false;
  return html`<vscode-button
    data-action=${look.action}
    ?secondary=${look.primary !== true}
    ?disabled=${disabled}
    aria-disabled=${disabled}
    @click=${press}
    >${look.icon === undefined ? nothing : html`<span slot="content-before">${icon(look.icon)}</span>`}${label}</vscode-button
  >`;
}

/** A small button that is only an icon; `label` is its name and tooltip. */
export function iconButton(
  label: string,
  look: { icon: string; action: string },
  press: () => void,
): TemplateResult {
  return html`<button
    type="button"
    class="icon-button"
    data-action=${look.action}
    aria-label=${label}
    title=${label}
    @click=${press}
  >
    ${icon(look.icon)}
  </button>`;
}

/**
 * A name from outside: text only, invisible characters shown, and kept apart from the
 * direction of what stands around it.
 */
export function outside(name: string): TemplateResult {
  return html`<bdi class="outside">${visible(name)}</bdi>`;
}

/** Text for screen readers only. */
export function spoken(text: string): TemplateResult {
  return html`<span class="spoken">${text}</span>`;
}

/** Dark on white in every theme, or cameras do not read it. */
export function qrCode(text: string, label: string): TemplateResult {
  const { size, path } = qrShape(text);
  return html`<svg class="qr" role="img" aria-label=${label} viewBox="0 0 ${size} ${size}">
    <path d=${path}></path>
  </svg>`;
}
