/** What the user did not want: a place is not proposed again until its rule was followed elsewhere. Pure. */

/** A rule of which so many places were refused is proposed no more. */
const DEADLY = 2;
/** So many rules that were proposed are remembered. */
const MOST = 1000;

interface ProposedRule {
  key: string;
  /** How often it had been followed when it was proposed last. */
  uses: number;
  /** Places, and how often the rule had been followed when they were refused. */
  refused: { uri: string; line: string; uses: number }[];
}

export class Refusals {
  /** By number, the oldest first. */
  private readonly rules = new Map<number, ProposedRule>();
  private readonly numbers = new Map<string, number>();

  /** `next`: the number of the first rule. */
  constructor(private next = 0) {}

  /** A number for a rule that is proposed and was followed `uses` times. */
  propose(key: string, uses: number): number {
    const number = this.numbers.get(key) ?? this.next++;
    const rule = this.rules.get(number) ?? { key, uses, refused: [] };
    this.numbers.set(key, number);
    this.rules.delete(number);
    this.rules.set(number, { ...rule, uses });
    for (const [oldest, { key: gone }] of this.rules) {
      if (this.rules.size <= MOST) break;
      this.rules.delete(oldest);
      this.numbers.delete(gone);
    }
    return number;
  }

  /** A place of a rule was refused: the line that it is in. A number that no rule has says nothing. */
  refuse(number: number, uri: string, line: string): void {
    const rule = this.rules.get(number);
    rule?.refused.push({ uri, line, uses: rule.uses });
  }

  /** Places of a rule that were refused. */
  refusedOf(key: string): number {
    return new Set(this.placesOf(key).map(({ uri, line }) => JSON.stringify([uri, line]))).size;
  }

  private placesOf(key: string) {
    return this.rules.get(this.numbers.get(key) ?? -1)?.refused ?? [];
  }

  /** Whether a rule that was followed `uses` times may be proposed for a line. */
  allows(key: string, uses: number, uri: string, line: string): boolean {
    if (this.refusedOf(key) >= DEADLY) return false;
    return !this.placesOf(key).some((place) => place.uri === uri && place.line === line && place.uses >= uses);
  }
}
