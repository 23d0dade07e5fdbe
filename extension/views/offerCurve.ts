/** What a model's offers are worth at each threshold, in words. Pure; no editor in here. */
import { type CurvePoint, type Eagerness, LEVELS, type Offers } from '../../server/completion/eagerness.ts';
import type { Translate } from '../translate.ts';

/** A share from 0 to 1 in whole per cent. */
export const percent = (share: number) => `${Math.round(100 * share)}%`;

/** The measured point of a threshold. */
export const pointAt = ({ curve }: Offers, threshold: number): CurvePoint | undefined =>
  curve.find((point) => point.threshold === threshold);

/** A line for each point of the curve, the surest first: a table whose columns are one under the other. */
export function offerLines(t: Translate, offers: Offers, eagerness: Eagerness): string[] {
  const now = typeof eagerness === 'number' ? eagerness : offers.thresholds[eagerness];
  const nameOf = (threshold: number) =>
    [
      percent(threshold),
      ...LEVELS.filter((level) => offers.thresholds[level] === threshold),
      ...(threshold === now ? [`(${t('now')})`] : []),
    ].join(' ');
  const rows = offers.curve.toReversed().map(({ threshold, offered, right, saved }) => {
    const [name, ...shares] = [nameOf(threshold), percent(offered), percent(right), percent(saved)];
    return { name, shares: shares.map((share) => share.padStart(4)) };
  });
  const widest = Math.max(0, ...rows.map(({ name }) => name.length));
  return [
    typeof eagerness === 'number'
      ? t('Now: {0}', percent(now))
      : t('Now: {0}, what is right with a probability of at least {1}', eagerness, percent(now)),
    ...rows.map(({ name, shares: [offered, right, saved] }) => {
      const worth = t('offers after {0} of the keys, {1} right, {2} of the characters saved', offered, right, saved);
      return `${`${name}:`.padEnd(widest + 1)} ${worth}`;
    }),
  ];
}
