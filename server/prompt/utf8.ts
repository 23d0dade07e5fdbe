/** UTF-8 as an automaton: the state that masks decoding, and where characters begin. The twin of utf8.py. */

/**
 * State of the automaton after `text`: 0 between characters, else what may follow (see model/byteline_model/utf8.py).
 */
export function stateAfter(text: Uint8Array): number {
  const start = characterStart(text, text.length - 1);
  let state = 0;
  for (let i = Math.max(0, start); i < text.length; i++) state = next(state, text[i]);
  return state;
}

/** The state after one byte; 0 after a byte that may not stand there. */
export function next(state: number, b: number): number {
  const continues = (low: number, high: number, after: number) => (b >= low && b <= high ? after : 0);
  switch (state) {
    case 1:
      return 0;
    case 2:
      return continues(0x80, 0xbf, 1);
    case 3:
      return continues(0x80, 0xbf, 2);
    case 4:
      return continues(0xa0, 0xbf, 1);
    case 5:
      return continues(0x80, 0x9f, 1);
    case 6:
      return continues(0x90, 0xbf, 2);
    case 7:
      return continues(0x80, 0x8f, 2);
    default:
      if (b < 0xc2 || b > 0xf4) return 0;
      if (b < 0xe0) return 1;
      if (b < 0xf0) return b === 0xe0 ? 4 : b === 0xed ? 5 : 2;
      return b === 0xf0 ? 6 : b === 0xf4 ? 7 : 3;
  }
}

/** The start of the character that byte `at` belongs to. */
export function characterStart(text: Uint8Array, at: number): number {
  let i = at;
  while (i > 0 && i > at - 3 && (text[i] & 0xc0) === 0x80) i--;
  return i;
}

/** How many bytes of `text` are whole characters, when a character at the end may be incomplete. */
export function wholeCharacters(text: Uint8Array): number {
  return stateAfter(text) === 0 ? text.length : characterStart(text, text.length - 1);
}
