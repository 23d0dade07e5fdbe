/** What a message may hold at most. The extension has these from protocol.ts. */

/** Longest text of a request, UTF-16 units; a document is longer. */
export const LONG = 65_536;

/** Of `byteline/names`: so many names, and UTF-16 units of one and of all together. */
export const NAMES_LIMITS = { count: 1000, length: 256, total: LONG };
