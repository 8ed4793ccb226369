/** Placeholder: the name rules (see PROTOCOL.md, "Names"). */
export type RefusalReason = string;
