/** Plots as the inside of an SVG, with classes for the theme's colours. Pure; no editor in here. */

/** A plot's size and margins, in units of its own. */
export const [WIDTH, HEIGHT] = [640, 180];
const [LEFT, RIGHT, BOTTOM, TOP] = [48, 12, 24, 12];

/** The least of 1, 2, 5, 10, 20, … that is not below `value`. */
function ceiling(value: number): number {
  const ten = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return [1, 2, 5, 10].map((n) => n * ten).find((n) => n >= value)!;
}

/** The axes, with days below and `top` as the largest value. */
function axes(days: string[], top: number, number: Intl.NumberFormat): string {
  const y = (value: number) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - BOTTOM - TOP);
  const ticks = [0, 0.5, 1].map((share) => share * top).filter(Number.isInteger);
  const step = (WIDTH - LEFT - RIGHT) / days.length;
  return (
    ticks
      .map(
        (tick) =>
          `<path class="${tick ? 'grid' : 'axis'}" d="M${LEFT} ${y(tick)}H${WIDTH - RIGHT}"/>` +
          `<text x="${LEFT - 6}" y="${y(tick) + 4}" text-anchor="end">${number.format(tick)}</text>`,
      )
      .join('') +
    days
      .map((day, i) =>
        (days.length - 1 - i) % 7
          ? ''
          : `<text x="${LEFT + (i + 0.5) * step}" y="${HEIGHT - 6}" text-anchor="middle">${day.slice(5)}</text>`,
      )
      .join('')
  );
}

/** For each day a bar of class a and, in front of it, one of class b. */
export function bars(days: string[], values: (number | undefined)[][], number: Intl.NumberFormat): string {
  const top = ceiling(Math.max(1, ...values.flat().map((value) => value ?? 0)));
  const step = (WIDTH - LEFT - RIGHT) / days.length;
  const bar = (value: number | undefined, i: number, kind: string) => {
    const height = ((value ?? 0) / top) * (HEIGHT - BOTTOM - TOP);
    if (!value) return '';
    const inset = kind === 'a' ? 2 : 5;
    const [x, y] = [LEFT + i * step + inset, HEIGHT - BOTTOM - height];
    const size = `width="${(step - 2 * inset).toFixed(1)}" height="${height.toFixed(1)}"`;
    return `<rect class="bar ${kind}" x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${size}/>`;
  };
  return axes(days, top, number) + values.map(([a, b], i) => bar(a, i, 'a') + bar(b, i, 'b')).join('');
}

/** Two lines, of classes a and b; a day without a value interrupts them, and one between two such is a dot. */
export function lines(days: string[], values: (number | undefined)[][], number: Intl.NumberFormat): string {
  const top = ceiling(Math.max(1, ...values.flat().map((value) => value ?? 0)));
  const step = (WIDTH - LEFT - RIGHT) / days.length;
  const at = (value: number, i: number) =>
    `${(LEFT + (i + 0.5) * step).toFixed(1)} ${(HEIGHT - BOTTOM - (value / top) * (HEIGHT - BOTTOM - TOP)).toFixed(1)}`;
  return (
    axes(days, top, number) +
    ['a', 'b']
      .map((kind, which) => {
        const path = values
          .map((of, i) =>
            of[which] === undefined ? '' : `${values[i - 1]?.[which] === undefined ? 'M' : 'L'}${at(of[which], i)}`,
          )
          .join('');
        const dots = values
          .map((of, i) => {
            if (of[which] === undefined) return '';
            const [x, y] = at(of[which], i).split(' ');
            return `<circle class="dot ${kind}" r="3" cx="${x}" cy="${y}"/>`;
          })
          .join('');
        return `<path class="line ${kind}" d="${path}"/>${dots}`;
      })
      .join('')
  );
}
