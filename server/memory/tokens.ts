/**
 * Tokens in text: what has the shape of a key that secret scanners publish, or looks like chance where a key stands.
 * They are left out of every text that is shown to another document.
 */
import { NOTHING } from './contexts.ts';

/** The shapes that issuers give their tokens; each has a value near its start. */
const SHAPES = new RegExp(
  `(?<![A-Za-z0-9_])(?:${[
    '(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}',
    'AIza[\\w-]{30,}',
    'ya29\\.[\\w-]{20,}',
    'GOCSPX-[\\w-]{20,}',
    'gh[pousr]_[A-Za-z0-9]{30,}',
    'github_pat_\\w{22,}',
    'gl[a-z]{2,5}-[\\w-]{20,}',
    'npm_[A-Za-z0-9]{30,}',
    'pypi-[\\w-]{30,}',
    'rubygems_[a-f0-9]{32,}',
    'dckr_pat_[\\w-]{20,}',
    'xox[a-z]-[\\w-]{10,}',
    'xapp-[\\w-]{20,}',
    'hooks\\.slack\\.com/\\w+/[\\w/+-]{20,}',
    '[srp]k_(?:live|test|prod)_[A-Za-z0-9]{10,}',
    'whsec_[\\w+/=]{20,}',
    'eyJ[\\w-]{8,}\\.[\\w-]{8,}(?:\\.[\\w-]*)?',
    'sk-[\\w-]{20,}',
    'hf_[A-Za-z0-9]{30,}',
    'SG\\.[\\w-]{16,}\\.[\\w-]{16,}',
    'dop_v1_[a-f0-9]{40,}',
    'shp[a-z]{2}_[a-fA-F0-9]{30,}',
    'AGE-SECRET-KEY-1[0-9A-Z]{40,}',
    'key-[0-9a-f]{32}',
    'sq0[a-z]{3}-[\\w-]{20,}',
    'hv[sb]\\.[\\w-]{20,}',
    'tskey-[\\w-]{16,}',
    'lin_api_\\w{30,}',
    'ATATT3[\\w=-]{20,}',
    'PMAK-[\\w-]{30,}',
    'NRAK-[A-Z0-9]{20,}',
    'sntry[su]_[\\w+/=]{30,}',
    '(?:AC|SK)[a-f0-9]{32}',
    '\\d{8,10}:AA[\\w-]{32,}',
    '[MNO][\\w-]{23,27}\\.[\\w-]{6}\\.[\\w-]{27,}',
    '\\w{3}\\dQ~[\\w.~-]{31,34}',
  ].join('|')})`,
  'g',
);
/** Some are without a digit by chance. */
const BEGINS = /^(?:[srp]k_[a-z]+_|gh[pousr]_|gl[a-z]+-|npm_|hf_|xox|eyJ|AIza|AKIA)/;
/** A password in a URL. */
const IN_URL = /:\/\/[^\s:/@'"`]{1,64}:([^\s:/@'"`]{12,128})@/g;
/** Names of what is secret: looser rules hold for what stands behind them on their line. */
const KEYS = new RegExp(
  'secret|token|passw(?:or)?d|passphrase|pwd|api[_-]?key|credential|bearer |basic ' +
    '|(?:access|auth|account|private|client|encryption|signing|shared|master|license|storage|session)[_-]?(?:key|id)' +
    '|authorization|connection[_-]?string',
  'gi',
);
/** What a value is made of, and how long it is at least. */
const VALUE = Uint8Array.from({ length: 256 }, (_, code) => Number(/[A-Za-z0-9_+/-]/.test(String.fromCharCode(code))));
const SHORTEST = 16;
/** Letters in a row that no word has. */
const UNSPEAKABLE = /[b-df-hj-np-tv-xz]{5}/i;
/** A shape may begin so many characters before a run, and end so many after it. */
const [BEFORE, AFTER] = [16, 256];

const PRIVATE = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----/g;
/** The end of a private key, or what is none any more: text may speak of keys. */
const END = /-----END |[(){}[\]<>;$&|*]/g;

/** Bytes that are looked at in a step, and more to the line's end. */
const STEP = 8192;
const LF = 0x0a;

/**
 * Puts nothing in the place of each token in `bytes`, UTF-8; line ends stay. In steps, each well under a millisecond.
 */
export function* blankTokens(bytes: Uint8Array): Generator<void> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let inKey = false;
  for (let from = 0; from < bytes.length; ) {
    const end = text.indexOf(LF, Math.min(from + STEP, bytes.length - 1));
    const to = end < 0 ? bytes.length : end + 1;
    const found = tokensIn(text.toString('latin1', from, to), inKey);
    for (const [a, b] of found.tokens) {
      for (let at = from + a; at < from + b; at++) if (bytes[at] !== LF) bytes[at] = NOTHING;
    }
    ({ inKey } = found);
    from = to;
    yield;
  }
}

/** A text without its tokens. */
export function withoutTokens(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (const _ of blankTokens(copy));
  if (Buffer.compare(copy, bytes) === 0) return bytes;
  return copy.filter((byte, i) => byte !== NOTHING || bytes[i] === NOTHING);
}

/** Where tokens stand in lines of text. `inKey`: whether a private key goes on into them, and out of them. */
function tokensIn(text: string, inKey: boolean): { tokens: [from: number, to: number][]; inKey: boolean } {
  const tokens: [number, number][] = [];
  const closes = (from: number) => {
    END.lastIndex = from;
    const end = END.exec(text)?.index ?? text.length;
    if (inKey || valuesIn(text.slice(from, end)).length > 0) tokens.push([from, end]);
    return end;
  };
  let at = inKey ? closes(0) : 0;
  let open = inKey && at === text.length;
  if (text.includes('PRIVATE KEY')) {
    for (PRIVATE.lastIndex = at; !open; open = at === text.length) {
      const begin = PRIVATE.exec(text);
      if (!begin) break;
      PRIVATE.lastIndex = at = closes(begin.index + begin[0].length);
    }
  }
  for (const { 0: all, 1: password, index } of text.matchAll(IN_URL)) {
    if (isChance(password, true)) tokens.push([index + all.length - 1 - password.length, index + all.length - 1]);
  }
  let keyed: ((place: number) => boolean) | undefined;
  for (const [index, end] of valuesIn(text)) {
    const value = text.slice(index, end);
    const chance = isChance(value, true);
    if (!chance && !/\d/.test(value) && !BEGINS.test(value)) continue; // most are names
    const from = Math.max(0, index - BEFORE);
    for (const { 0: token, index: at } of text.slice(from, end + AFTER).matchAll(SHAPES)) {
      tokens.push([from + at, from + at + token.length]);
    }
    if (chance && isChance(value, (keyed ??= keyedIn(text))(index))) tokens.push([index, end]);
  }
  return { tokens, inKey: open };
}

/** The runs of characters that may be a value. (An expression for them begins anew at each character.) */
function valuesIn(text: string): [from: number, to: number][] {
  const found: [number, number][] = [];
  for (let [i, from] = [0, 0]; i <= text.length; i++) {
    if (VALUE[text.charCodeAt(i)]) continue;
    if (i - from >= SHORTEST) found.push([from, i]);
    from = i + 1;
  }
  return found;
}

/** Whether the name of something secret stands before a place on its line; asked in the order of places. */
function keyedIn(text: string): (place: number) => boolean {
  const ends = [...text.matchAll(KEYS)].map(({ 0: key, index }) => index + key.length);
  let next = 0;
  return (place) => {
    while (next < ends.length && ends[next] <= place) next++;
    return next > 0 && !text.slice(ends[next - 1], place).includes('\n');
  };
}

/**
 * Whether a value was drawn by chance and not written: its words (runs of letters of one case, or of digits) are short
 * and its letters many. Chance of 24 letters and digits in both cases has words of 1.9 characters in the mean, and of
 * 3.4 or more once in 1,000; code has longer ones. `keyed`: it stands behind the name of something secret.
 */
function isChance(value: string, keyed: boolean): boolean {
  const { digits, numbers, upper, lower, words } = classesOf(value);
  const mixed = upper > 0 && lower > 0;
  const mean = (digits + upper + lower) / words;
  if (!keyed) return value.length >= 24 && mixed && digits > 0 && mean < 3.4 && entropyOf(value) > 3.5;
  const strewn = (numbers > 1 && digits >= value.length / 13) || (digits > 0 && UNSPEAKABLE.test(value));
  return value.length >= 20 && upper + lower > 0 && (strewn || (mixed && mean < 3)) && entropyOf(value) > 2.9;
}

/** How many characters of a text are of which class, and how many words they make, numbers among them. */
function classesOf(text: string): Record<'digits' | 'numbers' | 'upper' | 'lower' | 'words', number> {
  let [digits, numbers, upper, lower, words, capitals, before] = [0, 0, 0, 0, 0, 0, ''];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const within = (first: number, last: number) => code >= first && code <= last;
    const kind = within(48, 57) ? 'digit' : within(65, 90) ? 'upper' : within(97, 122) ? 'lower' : '';
    if (kind === 'digit') digits++;
    else if (kind === 'upper') upper++;
    else if (kind === 'lower') lower++;
    // `Word` is one, `ABWord` two
    const goesOn = kind === before || (kind === 'lower' && before === 'upper' && capitals === 1);
    if (kind && !goesOn) words++;
    if (kind === 'digit' && !goesOn) numbers++;
    capitals = kind === 'upper' ? capitals + 1 : 0;
    before = kind;
  }
  return { digits, numbers, upper, lower, words };
}

/** Bits a character, by how often each occurs in the text (Shannon 1948). */
function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, n) => sum - (n / text.length) * Math.log2(n / text.length), 0);
}
