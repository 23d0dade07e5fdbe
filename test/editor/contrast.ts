/** The themes that tests look at, and how two colours stand out from each other. */

/** The editor's themes, and the class that the page has with each. */
export const THEMES = [
  ['light', 'Default Light Modern', 'vs'],
  ['dark', 'Default Dark Modern', 'vs-dark'],
  ['contrast', 'Default High Contrast', 'hc-black'],
];

/** WCAG 2.2: relative luminance, and the contrast ratio of two colours. */
export function contrast(one: number[], other: number[]): number {
  const luminance = (colour: number[]) => {
    const [r, g, b] = colour.map((c) => (c <= 10 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}
