// Buttons under messages: what each does, and how many stand in a row.
// @ts-check
import { readable } from "./colors.js";
import { el, icon } from "./dom.js";
import { t } from "./i18n.js";
import { inPopUp, isStray, webLink } from "./links.js";

const GAP = 6;

/** How many buttons each row holds on a grid of six units: three of two, two of three, or one of six.
 *
 * A row takes three when the next three labels fit a third each, two when the next two fit a half, else one.
 * @param {number[]} widths what each button needs, in px @param {number} total width of the row, in px
 * @returns {number[]}
 */
export function rows(widths, total) {
  const made = [];
  for (let at = 0; at < widths.length; at += made[made.length - 1]) {
    const fits = (/** @type {number} */ count) =>
      at + count <= widths.length &&
      widths.slice(at, at + count).every((width) => width <= (total - GAP * (count - 1)) / count);
    made.push(fits(3) ? 3 : fits(2) ? 2 : 1);
  }
  return made;
}

/** The mark of a link that the apps would warn of. */
export function warning() {
  return el("span.stray", { role: "img", "aria-label": t("button.stray"), title: t("button.stray") }, icon("warn"));
}

/** One action as a real button, or as a real link where it leads to a web page.
 * @param {{label: string, color?: string, action: string}} button @param {string} surface `#RRGGBB` behind the label
 * @param {() => void} press
 */
export function actionButton(button, surface, press) {
  const link = webLink(button.action);
  const label = el("span.label", { dir: "auto" }, String(button.label ?? ""));
  const style = { "--label": readable(String(button.color ?? ""), surface) };
  const title = button.action;
  if (link)
    return el("a.chat-button", { href: link, target: "_blank", rel: "noopener noreferrer", style, title, on: { click: inPopUp } }, label,
      isStray(link) ? warning() : icon("link"), el("span.hidden-text", {}, t("button.newTab")));
  const input = String(button.action).startsWith("input:");
  return el("button.chat-button", { style, title, on: { click: press } }, label, input ? null : icon("link"));
}

/** @param {{label: string, color?: string, action: string}[]} buttons @param {string} surface
 * @param {(index: number) => void} press
 */
export function buttonGrid(buttons, surface, press) {
  const made = buttons.map((button, index) => actionButton(button, surface, () => press(index)));
  return el("div.button-grid", { role: "group", "aria-label": t("button.group") }, ...made);
}

/** Measure and place; again whenever the width or the font changes. @param {ParentNode} root */
export function layOut(root) {
  for (const grid of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(".button-grid"))) {
    const buttons = /** @type {HTMLElement[]} */ ([...grid.children]);
    const total = grid.clientWidth;
    if (!total || !buttons.length || grid.dataset.laid === String(total)) continue;
    grid.dataset.laid = String(total);
    const widths = buttons.map((button) => need(button));
    let at = 0;
    for (const count of rows(widths, total))
      for (const button of buttons.slice(at, (at += count))) button.style.setProperty("--span", String(6 / count));
  }
}

/** @type {CanvasRenderingContext2D | null} */
let canvas = null;

/** @param {HTMLElement} button width of its label on one line, with padding and glyph, in px */
function need(button) {
  const label = /** @type {HTMLElement} */ (button.querySelector(".label"));
  canvas ??= document.createElement("canvas").getContext("2d");
  if (!canvas) return Infinity;
  canvas.font = getComputedStyle(label).font;
  return canvas.measureText(label.textContent ?? "").width + (button.querySelector("svg") ? 44 : 30);
}
