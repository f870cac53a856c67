// Colours that a bot may choose freely, made readable; and one steady colour for each person.
// @ts-check

/** @param {string} hex `#RRGGBB` @returns {[number, number, number] | null} */
export function parseHex(hex) {
  const found = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex);
  return found ? [parseInt(found[1], 16), parseInt(found[2], 16), parseInt(found[3], 16)] : null;
}

/** WCAG relative luminance. @param {[number, number, number]} rgb 0 to 255 each */
export function luminance(rgb) {
  const [r, g, b] = rgb.map((v) => (v <= 10.31475 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** @param {[number, number, number]} a @param {[number, number, number]} b */
export function contrast(a, b) {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** Step towards black or white, keeping the hue, until the label reads at `least` : 1 on `background`.
 * @param {string} hex @param {string} background @param {number} [least] @returns {string} `#rrggbb`
 */
export function readable(hex, background, least = 4.5) {
  const base = parseHex(background) ?? [255, 255, 255];
  let color = parseHex(hex) ?? [0x59, 0x79, 0xf0];
  const goal = luminance(base) > 0.4 ? 0 : 255;
  for (let step = 0; step < 40 && contrast(color, base) < least; step += 1)
    color = /** @type {[number, number, number]} */ (color.map((v) => Math.round(v + (goal - v) * 0.06 + Math.sign(goal - v))));
  return `#${color.map((v) => Math.max(0, Math.min(255, v)).toString(16).padStart(2, "0")).join("")}`;
}

const PEOPLE = ["#5560c4", "#8a4fb5", "#b0413e", "#1f7a5c", "#96621b", "#3b6f8f", "#a23e7a", "#55703a", "#6a5acd"];

/** @param {string} id @param {number} [tone] which colour, where the place among the people is known */
export function personColor(id, tone) {
  let sum = 0;
  if (tone !== undefined) return PEOPLE[tone % PEOPLE.length];
  for (const letter of id) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return PEOPLE[sum % PEOPLE.length];
}
