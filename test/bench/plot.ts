/**
 * Lines over time as SVG, panels one below another. The greys and colours are read on a light and on a dark background;
 * there is no background.
 */

export interface Line {
  name: string;
  colour: string;
  points: [x: number, y: number][];
}
export interface Panel {
  title: string;
  lines: Line[];
}

const [WIDTH, HEIGHT, LEFT, RIGHT, GAP] = [860, 200, 60, 20, 62];
const GREY = '#777';
export const [BLUE, ORANGE] = ['#3987e5', '#d9682b'];

/** All panels share the x axis, which begins at 0 as the y axes do. */
export function plot(title: string, xTitle: string, panels: Panel[]): string {
  const last = Math.max(...panels.flatMap((p) => p.lines.flatMap((l) => l.points.map(([x]) => x))));
  const xs = ticks(last, 8).filter((tick) => tick <= last);
  const x = (value: number) => LEFT + (value / last) * (WIDTH - LEFT - RIGHT);
  const out: string[] = [text(LEFT, 24, title, 'start', GREY, 15)];
  panels.forEach(({ title, lines }, i) => {
    const top = 72 + i * (HEIGHT + GAP);
    const ys = ticks(Math.max(1, ...lines.flatMap((l) => l.points.map(([, y]) => y))), 5);
    const y = (value: number) => top + HEIGHT * (1 - value / ys.at(-1)!);
    out.push(text(LEFT, top - 14, title));
    lines.forEach(
      ({ name, colour }, j) =>
        lines.length > 1 && out.push(text(WIDTH - RIGHT - 160 * (lines.length - 1 - j), top - 14, name, 'end', colour)),
    );
    for (const tick of ys) {
      out.push(
        `<path d="M${LEFT} ${r(y(tick))}H${WIDTH - RIGHT}" stroke="${GREY}" stroke-opacity="${tick ? 0.25 : 1}"/>`,
        text(LEFT - 8, y(tick) + 4, `${tick}`, 'end'),
      );
    }
    for (const tick of xs)
      out.push(
        `<path d="M${r(x(tick))} ${top + HEIGHT}v5" stroke="${GREY}"/>`,
        text(x(tick), top + HEIGHT + 20, `${tick}`, 'middle'),
      );
    for (const { colour, points } of lines) {
      out.push(
        `<polyline fill="none" stroke="${colour}" stroke-width="2" stroke-linejoin="round" ` +
          `points="${points.map(([a, b]) => `${r(x(a))},${r(y(b))}`).join(' ')}"/>`,
      );
      if (points.length <= 60)
        out.push(...points.map(([a, b]) => `<circle cx="${r(x(a))}" cy="${r(y(b))}" r="3" fill="${colour}"/>`));
    }
  });
  const height = 72 + panels.length * (HEIGHT + GAP);
  out.push(text((LEFT + WIDTH - RIGHT) / 2, height - 22, xTitle, 'middle'));
  const size = `viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif">\n` + `${out.join('\n')}\n</svg>\n`;
}

/** Round numbers from 0 to `most` or just above it, about `n` of them. */
function ticks(most: number, n: number): number[] {
  const raw = most / n;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((m) => m * power >= raw)!;
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}

function text(x: number, y: number, content: string, anchor = 'start', colour = GREY, size = 13): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const style = `text-anchor="${anchor}" fill="${colour}" font-size="${size}"`;
  return `<text x="${r(x)}" y="${r(y)}" ${style}>${escaped}</text>`;
}

const r = (n: number) => Math.round(n * 10) / 10;
