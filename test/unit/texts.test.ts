/** Text for the user: every setting described and in the README, everything localised, and no colour of our own. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const json = (path: string) => JSON.parse(readFileSync(ROOT + path, 'utf8'));
const sources = readdirSync(`${ROOT}extension`, { recursive: true })
  .map(String)
  .filter((file) => file.endsWith('.ts'));
/** Languages that are translated, beside English. */
const TRANSLATED = ['ko'];

const manifest = json('package.json');
const english: Record<string, string> = existsSync(`${ROOT}package.nls.json`) ? json('package.nls.json') : {};
const text = (value: string) => (/^%(.+)%$/.test(value) ? (english[value.slice(1, -1)] ?? '') : value);

/** The text of a literal, or of literals that are added; undefined for whatever else. */
function textOf(node: ts.Expression): string | undefined {
  if (ts.isStringLiteral(node)) return node.text;
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined;
  const [left, right] = [textOf(node.left), textOf(node.right)];
  return left === undefined || right === undefined ? undefined : left + right;
}

/** The first arguments of all calls of `l10n.t`, and of `t` where pure code is handed it. */
function messages(file: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node) => {
    if (ts.isCallExpression(node) && /^((vscode\.)?l10n\.t|t)$/.test(node.expression.getText())) {
      const message = textOf(node.arguments[0]);
      assert.ok(message !== undefined, `${file}: ${node.getText()}: the message is no plain string`);
      const places = new Set(message.match(/\{\d+\}/g));
      assert.equal(
        places.size,
        node.arguments.length - 1,
        `${file}: ${node.getText()}: placeholders and arguments differ`,
      );
      found.push(message);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(`${ROOT}extension/${file}`, 'utf8'), ts.ScriptTarget.Latest, true));
  return found;
}

/** Calls that show their first argument, or properties of it, to the user as it is. */
const SHOWS = new RegExp(
  `^vscode\\.window\\.(${[
    'show(Information|Warning|Error)Message',
    'withProgress',
    'showQuickPick',
    'showInputBox',
    'showOpenDialog',
    'createWebviewPanel',
  ].join('|')})$`,
);
const NAMED = /^(title|placeHolder|prompt|openLabel|detail|message)$/;

describe('text for the user', () => {
  it('every setting is described, in sentences, with its unit, and stands in the README with its default', () => {
    const table = readFileSync(`${ROOT}README.md`, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| `byteline.'));
    for (const [key, schema] of Object.entries<Record<string, any>>(manifest.contributes.configuration.properties)) {
      const description = text(schema.markdownDescription ?? schema.description ?? '');
      assert.match(description, /^\S.{10,}\.$/, `${key}: ${description}`);
      const row = table.find((line) => line.startsWith(`| \`${key}\` |`));
      assert.ok(row, `${key} is not in the README`);
      if (typeof schema.default !== 'object')
        assert.ok(
          row.split('|')[2].includes(String(schema.default)),
          `${key}: the README says ${row.split('|')[2]}, the manifest ${schema.default}`,
        );
      if (/integer|number/.test(schema.type)) {
        const unit =
          /\b(bytes|megabytes|kilobytes|characters|milliseconds|seconds|minutes|threads|lines|percent|files)\b/i;
        assert.match(description, unit, `${key} has no unit: ${description}`);
        assert.match(
          row,
          /bytes|MB|memory for|text that|threads|characters|ms|seconds|minutes|lines|%|files/i,
          `${key} has no unit in the README`,
        );
      }
      assert.equal(
        schema.enumDescriptions?.length,
        schema.enum && schema.enumDescriptions ? schema.enum.length : undefined,
        key,
      );
    }
    const known = Object.keys(manifest.contributes.configuration.properties);
    for (const row of table) assert.ok(known.includes(row.split('`')[1]), `no such setting: ${row}`);
  });

  it('every message of the code is in each language, with the same placeholders, and none is left over', () => {
    const all = new Set(sources.flatMap(messages));
    assert.ok(all.size > 50);
    for (const language of TRANSLATED) {
      const bundle: Record<string, string> = json(`extension/l10n/bundle.l10n.${language}.json`);
      assert.deepEqual(
        [...all].filter((message) => !bundle[message]),
        [],
        `not in ${language}`,
      );
      assert.deepEqual(
        Object.keys(bundle).filter((message) => !all.has(message)),
        [],
        `in ${language}, but nowhere in the code`,
      );
      for (const [message, translated] of Object.entries(bundle))
        assert.deepEqual(
          (translated.match(/\{\d+\}/g) ?? []).sort(),
          (message.match(/\{\d+\}/g) ?? []).sort(),
          translated,
        );
    }
  });

  it('nothing is shown that is not localised', () => {
    const bare: string[] = [];
    for (const file of sources) {
      const words = (node: ts.Node | undefined): boolean =>
        node !== undefined &&
        ((ts.isStringLiteralLike(node) && node.text !== 'Byteline' && /[a-z]{2}/i.test(node.text)) ||
          ts.isTemplateExpression(node));
      const visit = (node: ts.Node) => {
        if (ts.isCallExpression(node) && SHOWS.test(node.expression.getText())) {
          for (const argument of node.arguments) {
            if (words(argument) && argument !== node.arguments[node.expression.getText().endsWith('Panel') ? 0 : -1])
              bare.push(`${file}: ${argument.getText()}`);
            if (ts.isObjectLiteralExpression(argument))
              for (const property of argument.properties)
                if (
                  ts.isPropertyAssignment(property) &&
                  NAMED.test(property.name.getText()) &&
                  words(property.initializer)
                )
                  bare.push(`${file}: ${property.getText()}`);
          }
        }
        ts.forEachChild(node, visit);
      };
      visit(ts.createSourceFile(file, readFileSync(`${ROOT}extension/${file}`, 'utf8'), ts.ScriptTarget.Latest, true));
    }
    assert.deepEqual(bare, []);
  });

  it('no dialog offers files and folders at once: on Linux and Windows it would offer folders alone', () => {
    let dialogs = 0;
    for (const file of sources) {
      const visit = (node: ts.Node) => {
        if (ts.isObjectLiteralExpression(node)) {
          const initializer = (p: ts.ObjectLiteralElementLike) =>
            ts.isPropertyAssignment(p) ? p.initializer.getText() : undefined;
          const values = new Map(node.properties.map((p) => [p.name?.getText(), initializer(p)]));
          if (values.has('openLabel')) {
            dialogs++;
            // what stands in for a property that is not there is the editor's default
            const both = [values.get('canSelectFiles') ?? 'true', values.get('canSelectFolders') ?? 'false'];
            assert.deepEqual(both.sort(), ['false', 'true'], `${file}: ${node.getText()}`);
          }
        }
        ts.forEachChild(node, visit);
      };
      visit(ts.createSourceFile(file, readFileSync(`${ROOT}extension/${file}`, 'utf8'), ts.ScriptTarget.Latest, true));
    }
    assert.ok(dialogs >= 3);
  });

  it('every key of the manifest is in each language, and none is left over', () => {
    const keys = new Set([...JSON.stringify(manifest).matchAll(/"%([^"%]+)%"/g)].map(([, key]) => key));
    assert.ok(keys.size > 40);
    for (const file of ['package.nls.json', ...TRANSLATED.map((language) => `package.nls.${language}.json`)]) {
      assert.deepEqual(Object.keys(json(file)).sort(), [...keys].sort(), file);
      for (const [key, value] of Object.entries<string>(json(file))) assert.ok(value.trim(), key);
    }
  });

  it('the manifest says nothing to the user but by a key', () => {
    const bare: string[] = [];
    const walk = (value: unknown, name: string) => {
      if (typeof value === 'string') {
        if (/^(title|description|markdownDescription|altText)$/.test(name) && !/^(%[^%]+%|Byteline)$/.test(value))
          bare.push(value);
      } else if (Array.isArray(value))
        for (const each of value) name.endsWith('escriptions') ? walk(each, 'description') : walk(each, '');
      else if (value && typeof value === 'object') for (const [key, each] of Object.entries(value)) walk(each, key);
    };
    walk(manifest.contributes, '');
    assert.deepEqual(bare, []);
  });

  it("the walkthrough shows pictures that are there, and runs commands that are there or are the editor's", () => {
    const commands = manifest.contributes.commands.map(({ command }: { command: string }) => command);
    for (const { steps } of manifest.contributes.walkthroughs)
      for (const { media, description, completionEvents } of steps) {
        const picture = media.svg ?? media.image;
        assert.ok(existsSync(ROOT + picture), picture);
        assert.ok(media.altText);
        if (media.image) assert.ok(statSync(ROOT + picture).size < 200_000, `${picture} is large`);
        else
          assert.doesNotMatch(
            readFileSync(ROOT + picture, 'utf8'),
            /<style|class=|style=/,
            `${picture}: the editor's policy drops styles; attributes stay`,
          );
        assert.ok(completionEvents.length > 0);
        for (const [, command] of [
          ...text(description).matchAll(/command:(byteline\.[\w.]+)/g),
          ...completionEvents.join(' ').matchAll(/onCommand:(byteline\.[\w.]+)/g),
        ])
          assert.ok(commands.includes(command), command);
        for (const [, setting] of completionEvents.join(' ').matchAll(/onSettingChanged:(byteline\.[\w.]+)/g))
          assert.ok(setting in manifest.contributes.configuration.properties, setting);
      }
  });

  it('the extension has no colour of its own', () => {
    const all = [
      ...sources.map((file) => `extension/${file}`),
      ...readdirSync(`${ROOT}extension/walkthrough`)
        .filter((file) => file.endsWith('.svg')) // the others are pictures of the editor
        .map((file) => `extension/walkthrough/${file}`),
    ];
    const theirs = ['none', 'transparent', 'var\\(', 'inherit', 'currentColor', '(new )?vscode\\.ThemeColor'].join('|');
    const named = new RegExp(`\\b(color|fill|stroke|background(-color)?)\\s*[:=]\\s*["']?(?!${theirs})[a-z#]`, 'i');
    for (const path of all) {
      const source = readFileSync(ROOT + path, 'utf8');
      assert.doesNotMatch(source, /#[0-9a-f]{3,8}\b(?!;)|\b(rgba?|hsla?|oklch|lab|color)\(/i, path);
      assert.doesNotMatch(source, named, path);
    }
  });
});
