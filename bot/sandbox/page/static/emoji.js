// The emoji that one picks into a text: those of one's own first, each with its name, walked through with the arrow keys.
// @ts-check
import { el } from "./dom.js";
import { t } from "./i18n.js";

const KEPT = "sandbox.emoji";
const RECENT = 8;

/** By the key of their names. */
export const EMOJI = {
  grin: "😀", joy: "😂", wink: "😉", smile: "😊", love: "😍", kiss: "😘", tongue: "😜", cool: "😎", think: "🤔", neutral: "😐", sleep: "😴", sad: "😢",
  cry: "😭", angry: "😡", shock: "😱", party: "🥳", sick: "🤒", robot: "🤖", thumbsUp: "👍", thumbsDown: "👎", ok: "👌", clap: "👏", pray: "🙏", wave: "👋",
  strong: "💪", eyes: "👀", heart: "❤️", broken: "💔", fire: "🔥", star: "⭐", sparkles: "✨", hundred: "💯", check: "✅", cross: "❌", question: "❓", warning: "⚠️",
  rocket: "🚀", gift: "🎁", cake: "🎂", coffee: "☕", beer: "🍺", money: "💰", chart: "📈", bell: "🔔", lock: "🔒", key: "🔑", sun: "☀️", moon: "🌙",
};

/** @typedef {keyof typeof EMOJI} Name */
const NAMES = /** @type {Name[]} */ (Object.keys(EMOJI));

/** @returns {Name[]} those picked last, then the others */
function ordered() {
  const recent = recently();
  return [...recent, ...NAMES.filter((one) => !recent.includes(one))];
}

/** @returns {Name[]} */
function recently() {
  const kept = (localStorage.getItem(KEPT) ?? "").split(" ");
  return NAMES.filter((one) => kept.includes(one)).sort((a, b) => kept.indexOf(a) - kept.indexOf(b));
}

/** @param {Name} name */
function remember(name) {
  localStorage.setItem(KEPT, [name, ...recently().filter((one) => one !== name)].slice(0, RECENT).join(" "));
}

/** As pixels. @param {string} text */
function picture(text) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [20, 20];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return "";
  context.font = "16px sans-serif";
  context.fillText(text, 0, 16);
  return context.getImageData(0, 0, 20, 20).data.join();
}

/** @type {Set<Name> | undefined} */
let boxes;

/** Those that no font here has: they look like a character that nobody has. */
function withoutFont() {
  const box = picture("\u{10FFFD}");
  boxes ??= new Set(NAMES.filter((name) => picture(EMOJI[name]) === box));
  return boxes;
}

/** Where the focus goes from one of them, by key. @param {HTMLElement} grid @param {KeyboardEvent} event */
function walk(grid, event) {
  const all = /** @type {HTMLElement[]} */ ([...grid.children]);
  const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const columns = getComputedStyle(grid).gridTemplateColumns.split(" ").length;
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, Home: -at, End: all.length - 1 - at }[event.key];
  const next = step === undefined || at < 0 ? undefined : all[at + step];
  if (!next) return;
  event.preventDefault();
  for (const one of all) one.tabIndex = one === next ? 0 : -1;
  next.focus();
}

/** A grid of them. @param {(emoji: string) => void} choose */
export function emojiGrid(choose) {
  const nameless = withoutFont();
  const grid = el(nameless.size ? "div.emoji.named" : "div.emoji", { role: "group", "aria-label": t("emoji.title") }, ...ordered().map((name, at) =>
    el("button.emoji-choice", { tabindex: at ? "-1" : "0", "aria-label": t(`emoji.${name}`), title: t(`emoji.${name}`), data: { emoji: name },
      on: { click: () => { remember(name); choose(EMOJI[name]); } } }, nameless.has(name) ? el("small", {}, t(`emoji.${name}`)) : EMOJI[name])));
  grid.addEventListener("keydown", (event) => walk(grid, event));
  return grid;
}
