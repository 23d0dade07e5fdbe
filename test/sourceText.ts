/**
 * Real source files as they once were here, for tests whose figures must not change whenever a file of the house is
 * edited.
 */
import { readFileSync } from 'node:fs';

/** `name`: of a file below fixtures/sources, without its .txt. */
export const sourceText = (name: string): string =>
  readFileSync(new URL(`fixtures/sources/${name}.txt`, import.meta.url), 'utf8');
