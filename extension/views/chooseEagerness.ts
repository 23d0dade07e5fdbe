/** The command Choose Eagerness: a level, with what its offers are worth, or a probability. */
import * as vscode from 'vscode';
import { eagernessOf, type Level, type Offers } from '../../server/completion/eagerness.ts';
import { eagerness } from '../eagerness.ts';
import { write } from '../settings.ts';
import { percent, pointAt } from './offerCurve.ts';

const { l10n } = vscode;

const explained = (): [Level, string][] => [
  ['quiet', l10n.t('Fewer offers, and more of them right')],
  ['balanced', l10n.t('What saves most characters')],
  ['eager', l10n.t('Whole lines where they may well be wrong')],
];

/** `offers`: of the current model, where they are known. The change of the setting takes effect at the next key. */
export async function chooseEagerness(offers: Offers | undefined): Promise<void> {
  const current = eagerness();
  const mark = (is: boolean) => (is ? '$(check) ' : '');
  const items = explained().map(([level, detail]) => {
    const point = offers && pointAt(offers, offers.thresholds[level]);
    const worth =
      point &&
      l10n.t(
        'offers after {0} of the keys, {1} right, {2} of the characters saved',
        percent(point.offered),
        percent(point.right),
        percent(point.saved),
      );
    return {
      label: `${mark(level === current)}${level}`,
      description: worth,
      detail,
      value: level as Level | undefined,
    };
  });
  const own = typeof current === 'number';
  items.push({
    label: `${mark(own)}${l10n.t('A probability…')}`,
    description: own ? String(current) : undefined,
    detail: l10n.t('Offers that are right with at least this probability'),
    value: undefined,
  });
  const pick = await vscode.window.showQuickPick(items, {
    title: l10n.t('Byteline: eagerness'),
    placeHolder: l10n.t('How sure the model must be before it offers by itself'),
  });
  if (!pick) return;
  const value = pick.value ?? (await askProbability(own ? String(current) : ''));
  if (value !== undefined) await write('eagerness', value);
}

async function askProbability(value: string): Promise<string | undefined> {
  const wrong = l10n.t('byteline.eagerness: a number from 0 to 1');
  const given = await vscode.window.showInputBox({
    title: l10n.t('Byteline: eagerness'),
    prompt: l10n.t('The least probability of being right, from 0 to 1'),
    value,
    validateInput: (text) => (typeof eagernessOf(text) === 'number' ? undefined : wrong),
  });
  return given?.trim();
}
