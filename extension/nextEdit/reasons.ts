/** Why there is no next edit, as the user reads it who asked by hand. Pure; no editor in here. */
import type { NoEdits } from '../../server/wire/protocol.ts';
import type { Translate } from '../translate.ts';

/** What the log has for reasons beside the worker's. */
export const OFF = 'byteline.nextEdit is off';
export const NOTEBOOK = 'in a notebook';
export const CURSORS = 'multiple cursors';
export const NO_EDITOR = 'no editor';

/** In the user's language; a reason that has no words of its own is said as the log has it. */
export function reasonForUser(reason: string, t: Translate): string {
  const known: Record<NoEdits['reason'] | typeof OFF | typeof NOTEBOOK | typeof CURSORS | typeof NO_EDITOR, string> = {
    'no-rule': t('nothing that was edited can be done again'),
    'no-place': t('no other place is like those that were edited'),
    unsure: t('no place is sure enough'),
    refused: t('what was found was refused before'),
    secret: t('the file holds secrets, by its name'),
    busy: t('the worker is busy'),
    'too-large': t('the document is too large'),
    [OFF]: t('byteline.nextEdit is off'),
    [NOTEBOOK]: t('in a notebook'),
    [CURSORS]: t('there are several cursors'),
    [NO_EDITOR]: t('no editor is active'),
  };
  return (known as Record<string, string | undefined>)[reason] ?? reason;
}
