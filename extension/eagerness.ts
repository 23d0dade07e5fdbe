/** `byteline.eagerness` as it is set. */
import { type Eagerness, eagernessOf, STANDARD } from '../server/completion/eagerness.ts';
import { settings } from './settings.ts';

const said = () => settings().get<unknown>('eagerness', STANDARD);

/** What is in force: what is set, or the default where that is neither a level nor a probability. */
export const eagerness = (): Eagerness => eagernessOf(said()) ?? STANDARD;

/** Says to the log what is wrong with the setting, if anything is. */
export function checkEagerness(log: { warn(message: string): void }): void {
  if (eagernessOf(said()) !== undefined) return;
  const found = JSON.stringify(said());
  log.warn(`byteline.eagerness: ${found} is neither quiet, balanced, eager nor a number from 0 to 1`);
}
