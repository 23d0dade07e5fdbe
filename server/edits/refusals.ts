/** What the user did not want: a place is not proposed again until its rule was followed elsewhere. */

/** A rule of which so many places were refused is proposed no more. */
const DEADLY = 2;
/** So many rules have a number and are remembered. */
const MOST = 1000;

interface Refused {
  uri: string;
  line: string;
  /** How often the rule had been followed. */
  uses: number;
}

export class Refusals {
  /** Rules by number: a number stands for one key. */
  private readonly keys: string[] = [];
  private readonly numbers = new Map<string, number>();
  private readonly refused = new Map<string, Refused[]>();
  /** How often rules had been followed when they were proposed last. */
  private readonly uses = new Map<string, number>();

  /** A number for a rule. */
  number(key: string): number {
    const known = this.numbers.get(key) ?? this.keys.push(key) - 1;
    this.numbers.set(key, known);
    if (this.numbers.size > MOST) this.numbers.delete(this.numbers.keys().next().value!);
    return known;
  }

  /** A place of a rule was refused; a number that no rule has says nothing. */
  add(rule: number, uri: string, line: string): void {
    const key = this.keys[rule];
    if (key === undefined) return;
    const all = this.refused.get(key) ?? [];
    this.refused.set(key, all);
    all.push({ uri, line, uses: this.uses.get(key) ?? 0 });
  }

  /** Whether a rule that was followed `uses` times may be proposed for a line. */
  allows(key: string, uses: number, uri: string, line: string): boolean {
    this.uses.set(key, uses);
    const all = this.refused.get(key) ?? [];
    if (new Set(all.map((one) => `${one.uri} ${one.line}`)).size >= DEADLY) return false;
    return !all.some((one) => one.uri === uri && one.line === line && one.uses >= uses);
  }
}
