/** Text for the user in the user's language; pure code is handed `vscode.l10n.t` as this. */
export type Translate = (message: string, ...args: (string | number | boolean)[]) => string;

/** The text as it is written, in English. */
export const english: Translate = (message, ...args) =>
  message.replace(/\{(\d+)\}/g, (_, i) => String(args[Number(i)]));
