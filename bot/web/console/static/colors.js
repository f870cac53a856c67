// Colours that a button may have freely, made readable on what is behind them.
// @ts-check
"use strict";

/** @typedef {[number, number, number]} Rgb */

/** @param {string} text `#RRGGBB` or `rgb(…)` @returns {Rgb | null} */
function read(text) {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  if (hex) return [parseInt(hex[1], 16), parseInt(hex[2], 16), parseInt(hex[3], 16)];
  const found = text.match(/[\d.]+/g);
  return found && found.length >= 3 ? [Number(found[0]), Number(found[1]), Number(found[2])] : null;
}

/** WCAG's relative luminance. @param {Rgb} color */
function luminance(color) {
  const [r, g, b] = color.map((value) => (value <= 10.31475 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** @param {Rgb} a @param {Rgb} b */
function contrast(a, b) {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** The colour, or one of its hue that reads at `least` : 1. @param {string} color @param {string} behind @param {number} [least] */
export function readable(color, behind, least = 4.6) {
  const base = read(behind) ?? [255, 255, 255];
  let shown = read(color) ?? [0x59, 0x79, 0xf0];
  const goal = luminance(base) > 0.4 ? 0 : 255;
  for (let step = 0; step < 60 && contrast(shown, base) < least; step += 1)
    shown = /** @type {Rgb} */ (shown.map((value) => Math.max(0, Math.min(255, Math.round(value + (goal - value) * 0.06 + Math.sign(goal - value))))));
  return `rgb(${shown.join(" ")})`;
}
