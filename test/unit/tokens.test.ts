/** What looks like a token, made here: none may stand in a file of ours. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { blankTokens, withoutTokens } from '../../server/memory/tokens.ts';

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';
const ALL = LOWER + LOWER.toUpperCase() + DIGITS;
let made = 0;
/** As if drawn by chance, the same in each run. */
const chance = (length: number, of = ALL) =>
  Array.from(
    { length },
    (_, i) => of[createHash('sha256').update(`${made} ${i}`).digest().readUInt32LE() % of.length],
    made++,
  ).join('');
const hex = (length: number) => chance(length, `${DIGITS}abcdef`);
const cut = (text: string) => Buffer.from(withoutTokens(Buffer.from(text))).toString();

const SHAPES: Record<string, () => string> = {
  'AWS key': () => `AKIA${chance(15, LOWER.toUpperCase())}7`,
  'AWS secret': () => chance(40),
  GitHub: () => `ghp_${chance(36)}`,
  'GitHub, fine': () => `github_pat_${chance(22)}_${chance(59)}`,
  Slack: () => `xoxb-${chance(12, DIGITS)}-${chance(24)}`,
  'Slack hook': () => `hooks.slack.com/services/T${chance(8)}1/B${chance(9)}/${chance(24)}`,
  Google: () => `AIza${chance(35)}`,
  Stripe: () => `sk_live_${chance(24)}`,
  JWT: () => `eyJ${chance(30)}.eyJ${chance(60)}.${chance(43)}`,
  npm: () => `npm_${chance(36)}`,
  GitLab: () => `glpat-${chance(20)}`,
  SendGrid: () => `SG.${chance(22)}.${chance(43)}`,
  OpenAI: () => `sk-proj-${chance(48)}`,
  'Hugging Face': () => `hf_${chance(34)}`,
  DigitalOcean: () => `dop_v1_${hex(64)}`,
  Azure: () => `${chance(3)}8Q~${chance(34)}`,
  base64: () => Buffer.from(chance(48)).toString('base64'),
};

describe('tokens', () => {
  it('of the shapes that issuers give them are left out, wherever they stand', () => {
    for (const [name, make] of Object.entries(SHAPES)) {
      for (const around of [
        ['x = "', '"\n'],
        ['', '\n'],
        ['# see ', ', too\n'],
        ['{"a": \'', "'}"],
        ['f(`', '`)'],
      ]) {
        for (let n = 0; n < 20; n++) {
          const token = make();
          const left = cut(around.join(token));
          assert.ok(left.startsWith(around[0]) && left.endsWith(around[1]), `${name}: ${left}`);
          for (let i = 0; i + 12 <= token.length; i += 4)
            assert.ok(!left.includes(token.slice(i, i + 12)), `${name} in ${left}`);
        }
      }
    }
  });
  it('that look like chance are left out behind the name of something secret, shorter and in one case, too', () => {
    const names = [
      'SERVICE_TOKEN=',
      'export API_KEY="',
      '  password: ',
      '"client_secret": "',
      'Authorization: Bearer ',
      '<add key="ApiKey" value="',
      "setAuthToken('",
      'accountKey = `',
      'connectionString: "Key=',
    ];
    for (const name of names) {
      for (const make of [
        () => chance(40),
        () => `${chance(12)}4${chance(7)}`,
        () => hex(32),
        () => chance(24, LOWER + DIGITS),
      ]) {
        for (let n = 0; n < 20; n++) {
          const token = make();
          assert.equal(cut(`${name}${token}\nnext\n`), `${name}\nnext\n`);
        }
      }
    }
    const password = chance(20);
    assert.equal(cut(`db: postgres://user:${password}@host/db\n`), 'db: postgres://user:@host/db\n');
  });
  it('are private keys, line by line, and what only speaks of them is none', () => {
    const lines = Array.from({ length: 400 }, () => chance(64)).join('\n');
    const key = (body: string) =>
      `before\n-----BEGIN RSA PRIVATE KEY-----\n${body}\n-----END RSA PRIVATE KEY-----\nafter\n`;
    assert.equal(
      cut(key(lines)),
      key('').replace('-----\n\n-----', `-----${'\n'.repeat(401)}-----`),
      'longer than a step',
    );
    assert.equal(
      cut(`k = "-----BEGIN PRIVATE KEY-----\\n${chance(64)}\\n-----END PRIVATE KEY-----";\nrest();\n`),
      'k = "-----BEGIN PRIVATE KEY----------END PRIVATE KEY-----";\nrest();\n',
    );
    const says = 'if (text.includes("-----BEGIN RSA PRIVATE KEY-----")) throw new Error("a key");\nreturn text;\n';
    assert.equal(cut(says), says);
  });
  it('are no code, hashes of commits, paths or words', () => {
    const fine = [
      'const accessTokenExpirationInMilliseconds = getAccessTokenFromConfiguration(environmentVariables);',
      'import { tokenOf } from "../auth/oauth2-token-provider/passwordValidatorV2.ts";',
      'password: process.env.DATABASE_PASSWORD_FOR_TESTS,',
      'SHA256_WITH_RSA_ENCRYPTION_AND_MGF1',
      'class Base64Utf8Sha256EncoderDecoder {}',
      `commit ${hex(40)}`,
      `id: ${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}`,
      'https://example.org/a/very/long/path/of/2024/01/15/some-article-about-things.html',
      'token = "your-api-key-goes-here"',
      'const secret = createHmacSha256(keyMaterial);',
      'größeÄndern(überÜbergabeWert)',
      '='.repeat(80),
      'A'.repeat(64),
    ];
    for (const line of fine) assert.equal(cut(`${line}\n`), `${line}\n`);
  });
  it('are next to none in code: these sources lose nothing', () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    for (const name of [
      'server/server.ts',
      'server/memory/tokens.ts',
      'server/secrets.ts',
      'extension/extension.ts',
      'model/byteline_model/graph.py',
      'package.json',
      'README.md',
    ]) {
      const text = readFileSync(root + name);
      assert.equal(withoutTokens(text), text, name);
    }
  });
  it('leave every other byte where it was, in steps', () => {
    const text = `${'const value = f(1); // größe 😀\n'.repeat(2000)}TOKEN=${chance(40)}\n${'x\n'.repeat(9000)}`;
    const bytes = Uint8Array.from(Buffer.from(text));
    const steps = [...blankTokens(bytes)].length;
    assert.ok(steps >= 8, `${steps} steps`);
    assert.equal(Buffer.from(bytes).toString('latin1').replaceAll('\0', ''), Buffer.from(cut(text)).toString('latin1'));
    assert.equal(bytes.filter((byte) => byte === 0).length, 40);
  });
});
