/** From a completion's text to the edit that the editor makes: always from the line's start, with the line's prefix. */

export interface Item {
  /** Replaces the cursor's line from column 0 to `end`. */
  insertText: string;
  /** UTF-16 column on the cursor's line, after what the completion really contains of the rest of the line. */
  end: number;
}

const CLOSERS: Record<string, string> = { ')': '(', ']': '[', '}': '{' };

/** `line` is the cursor's line, `column` the cursor in UTF-16 units, `text` the completion. */
export function itemFor(line: string, column: number, text: string): Item {
  return { insertText: line.slice(0, column) + text, end: column + overlap(text, line.slice(column)) };
}

/** How much of `rest` the text's end repeats and should replace: `a, b)` in front of `)` replaces it, `f(x)` does not. */
export function overlap(text: string, rest: string): number {
  if (text.includes('\n')) return 0;
  const visible = rest.trimEnd();
  for (let n = Math.min(text.length, visible.length); n > 0; n--) {
    const shared = visible.slice(0, n);
    if (!text.endsWith(shared)) continue;
    if (n === visible.length && !(shared[0] in CLOSERS)) return n;
    if (balanced(text.slice(0, -n)) && (shared[0] in CLOSERS || /^['"`;,]/.test(shared))) return n;
  }
  return 0;
}

function balanced(text: string): boolean {
  const open: string[] = [];
  for (const c of text) {
    if ('([{'.includes(c)) open.push(c);
    else if (c in CLOSERS && open.pop() !== CLOSERS[c]) return false;
  }
  return open.length === 0;
}
