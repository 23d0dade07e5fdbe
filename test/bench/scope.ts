/**
 * What it costs to tell code, comments and strings apart, ms for one key at a file's end or its 50,000th character:
 *
 *     npx tsx test/bench/scope.ts FILE...
 */
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { scopeAt, WINDOW } from '../../extension/switches/scope.ts';

const LANGUAGES: Record<string, string> = {
  '.ts': 'typescript',
  '.js': 'javascript',
  '.py': 'python',
  '.sh': 'shellscript',
  '.rs': 'rust',
  '.go': 'go',
  '.c': 'c',
  '.json': 'json',
  '.yml': 'yaml',
};
const RUNS = 500;

for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, 'utf8').slice(0, WINDOW);
  const language = LANGUAGES[extname(file)] ?? 'plaintext';
  const times = Array.from({ length: RUNS }, () => {
    const began = performance.now();
    scopeAt(text, language);
    return performance.now() - began;
  }).sort((a, b) => a - b);
  console.log(
    `${file}: ${language}, ${text.length} characters: ` +
      `median ${times[RUNS / 2].toFixed(2)} ms, p95 ${times[0.95 * RUNS].toFixed(2)} ms`,
  );
}
