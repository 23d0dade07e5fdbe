/** The words of the hint at the cursor's line. Pure; no editor in here. */
import type { Translate } from '../translate.ts';

export interface HintOptions {
  /** What is done, where that is no edit at a place. */
  title?: string;
  /** The place is on the cursor's line. */
  isHere: boolean;
  /** From 1. */
  line: number;
  /** The name of the place's file, where that is another one. */
  file?: string;
  /** So many places can be changed at once; 0 where that is not offered. */
  all: number;
}

/** What the user reads behind the cursor's line. */
export function hint(options: HintOptions, t: Translate): string {
  const { all } = options;
  const tab = t('Tab: {0}', what(options, t));
  return all > 0 ? `${tab} · ${t('all {0}: F1, Apply All Next Edits', all)}` : tab;
}

/** What the user hears: a screen reader's user keeps Tab. */
export function spoken(options: HintOptions, t: Translate): string {
  return t('Next edit: {0}. The command Accept Next Edit goes there or applies it', what(options, t));
}

function what({ title, isHere, line, file }: HintOptions, t: Translate): string {
  if (title !== undefined) return title;
  if (isHere) return t('apply');
  return file === undefined ? t('line {0}', line) : t('{0}, line {1}', file, line);
}
