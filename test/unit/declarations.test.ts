/** Names at their declarations, the cursor as █: what can be told from a line, and what cannot. */
import assert from 'node:assert/strict';
import { declarationAt, isDeclaredElsewhere, isName, nameAt } from '../../extension/nextEdit/declarations.ts';

const at = (marked: string, language: string) =>
  declarationAt(marked.replace('█', ''), marked.indexOf('█'), language)?.text;

const DECLARED: Record<string, string[]> = {
  typescript: [
    'const sh█elf = 3;',
    '  let shelf█: number;',
    'export async function █shelf(a: number) {',
    'function* she█lf() {',
    'export class shelf█ extends Base {',
    'interface shelf█ {',
    'export type shelf█ = string;',
    'export const enum shelf█ {',
    'for (const shelf█ of shelves) {',
    'export function f(a: number, shelf█: string): void {',
    'function f(a = g(1, 2), ...shelf█) {',
    'const f = (a, shelf█) => a;',
    'const f = async (shelf█: string): Promise<void> => {',
    'shelves.map(shelf█ => shelf.name);',
    'shelves.map((shelf█) => shelf.name);',
    '  constructor(private readonly shelf█: Shelf) {}',
    '  } catch (shelf█) {',
    '  private async shelf█(a: number): Promise<void> {',
    '  shelf█(a: number) {',
    '  readonly shelf█: string;',
    '  shelf█?: string;',
    '  shelf█: Map<string, number>;',
    'const [shelf█, setShelf] = useState(0);',
    'const [a, shelf█] = useState(0);',
  ],
  javascript: ['function shelf█(a) {', 'var █shelf;'],
  python: [
    'def shelf█(a, b):',
    '    async def sh█elf(self):',
    'class shelf█:',
    'def f(a, shelf█, c=1):',
    'def f(a: int, *shelf█):',
    '    for shelf█ in shelves:',
    'with open(p) as shelf█:',
    'import numpy as shelf█',
  ],
  go: [
    'func shelf█(a int) error {',
    'func (r *Rack) shelf█() {',
    'func f(a, shelf█ int) {',
    'func f(shelf█, a int) {',
    '\tshelf█ := 3',
    '\tif shelf█, err := open(); err != nil {',
    '\ta, shelf█ := f()',
    'type shelf█ struct {',
    'var shelf█ int',
  ],
  rust: [
    'pub fn shelf█(a: u8) {',
    'fn f<T>(shelf█: T) {',
    'let mut shelf█ = 3;',
    'pub(crate) struct shelf█;',
    '    pub shelf█: String,',
    'macro_rules! shelf█ {',
  ],
  cpp: [
    'int shelf█ = 3;',
    'static const std::vector<int> shelf█;',
    'Rack *shelf█ = nullptr;',
    'void shelf█(int a) {',
    'void f(int a, const Rack& shelf█) {',
    'struct shelf█ {',
    '#define shelf█ 3',
  ],
  java: [
    '    private final Map<String, List<Rack>> shelf█ = new HashMap<>();',
    '    public static void shelf█(String[] args) {',
    '    void f(int a, Rack shelf█) {',
    'public class shelf█ {',
  ],
  csharp: ['    public int shelf█ { get; set; }', 'var shelf█ = 3;'],
  kotlin: ['val shelf█ = 3', 'fun <T> shelf█(a: T) {', 'fun f(a: Int, shelf█: Int) {'],
  swift: ['func f(to shelf█: Int) {', 'let shelf█ = 3'],
  ruby: ['def self.shelf█(a)', 'def f(a, shelf█)', 'class shelf█ < Base'],
  lua: ['local function shelf█(a)', 'local shelf█ = 3'],
  php: ['function shelf█($a) {'],
};

const NOT_DECLARED: Record<string, string[]> = {
  typescript: [
    'shelf█ = 3;',
    'return shelf█;',
    'f(a, shelf█);',
    'if (shelf█) {',
    'const a = shelf█;',
    'const a = f(shelf█, 1);',
    'this.const shelf█', // no word of its own
    'a.let█ = 3;',
    'const { shelf█ } = rack;', // another property would be taken
    "import type shelf█ from './shelf';",
    '  shelf█: 3,',
    'while█ (a) {',
    'const if█ = 3;',
    "describe('x', () => shelf█(a, () => {",
    'x as shelf█',
    'const 3█ = a;',
  ],
  python: ['shelf█ = 3', 'return shelf█', 'f(a, shelf█=3)', 'print(shelf█)', 'import shelf█'],
  go: ['\tshelf█ = 3', '\tf(a, shelf█)'],
  rust: ['    shelf█: value,', 'f(shelf█);'],
  cpp: ['return shelf█;', 'x = a * shelf█;', 'f(a && shelf█);', 'new shelf█();', 'else shelf█ = 3;', 'delete shelf█;'],
  java: ['import shelf█;', 'throw new shelf█();', '    shelf█.run(a);'],
  markdown: ['let shelf█ be', 'class shelf█'],
  plaintext: ['const shelf█ = 3'],
};

describe('declarations', () => {
  it('are told from their line', () => {
    for (const [language, lines] of Object.entries(DECLARED))
      for (const line of lines) assert.equal(at(line, language), 'shelf', `${language}: ${line}`);
  });
  it('are none where the line does not say so', () => {
    for (const [language, lines] of Object.entries(NOT_DECLARED))
      for (const line of lines) assert.equal(at(line, language), undefined, `${language}: ${line}`);
  });
  it('have names that are whole, and none is a word of the language', () => {
    assert.deepEqual(nameAt('const näme = 1', 6), { text: 'näme', start: 6, end: 10 });
    assert.deepEqual(nameAt('const näme = 1', 10), { text: 'näme', start: 6, end: 10 });
    assert.equal(nameAt('const näme = 1', 11), undefined);
    for (const text of ['', 'i', 'count', '값']) assert.equal(isName(text), text !== '', text);
    for (const text of ['if', 'for', 'new', '3d', 'a-b', 'a b']) assert.equal(isName(text), false, text);
  });
  it('of the same name are found elsewhere, imports among them', () => {
    const text = "import { rack } from './rack';\nconst shelf = 1;\nf(shelf, $a);\n  let $a = 2;\n";
    const elsewhere = (name: string, line = 9) => isDeclaredElsewhere(text, name, 'typescript', { line, character: 6 });
    assert.equal(elsewhere('rack'), true);
    assert.equal(elsewhere('shelf'), true);
    assert.equal(elsewhere('shelf', 1), false, 'its own place');
    assert.equal(elsewhere('$a'), true);
    assert.equal(elsewhere('f'), false);
    assert.equal(elsewhere('she'), false);
  });
});
