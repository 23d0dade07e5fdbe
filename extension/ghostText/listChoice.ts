/** How the editor's list of suggestions and ghost text share a place: `editor.quickSuggestions`, for code. Pure. */

/** The list waits for ghost text, and stays closed while it stands; or it opens at once. */
export type ListChoice = 'waits' | 'at once';

/** What a value of the setting means for code; undefined: no list opens by itself. */
export function choiceIn(set: unknown): ListChoice | undefined {
  const other = typeof set === 'object' && set !== null ? (set as Record<string, unknown>).other : set;
  if (other === 'offWhenInlineCompletions') return 'waits';
  return other === true || other === 'on' ? 'at once' : undefined;
}

/**
 * The user's own value of the setting once it says what was chosen; undefined: nothing of it is left, and the editor's
 * default is in force. `own`: his value so far. What it says of comments and strings stays.
 */
export function withChoice(own: unknown, choice: ListChoice): Record<string, unknown> | undefined {
  const value = typeof own === 'boolean' ? (own ? 'on' : 'off') : own;
  const all = typeof value === 'string' ? { comments: value, strings: value } : (value as object | undefined);
  const { other: _, ...kept } = { ...all } as Record<string, unknown>;
  if (choice === 'at once') return { other: 'on', ...kept };
  return Object.keys(kept).length ? kept : undefined;
}
