// Stickers drawn for this page. Others have theirs in albums that nobody can load here, so theirs are shown as a frame.
// @ts-check
import { el, svg } from "./dom.js";
import { t } from "./i18n.js";

const EYES = "M38 46v6M62 46v6";

/** By the last digits of their ids; each is a few strokes on a grid of 100 units. @type {Record<string, string[]>} */
const DRAWN = {
  smile: ["M50 14a36 36 0 1 1 0 72 36 36 0 0 1 0-72z", EYES, "M34 61c6 12 26 12 32 0"],
  wink: ["M50 14a36 36 0 1 1 0 72 36 36 0 0 1 0-72z", "M38 46v6M57 50h10", "M34 61c6 12 26 12 32 0"],
  wow: ["M50 14a36 36 0 1 1 0 72 36 36 0 0 1 0-72z", EYES, "M50 60a6 7 0 1 1 0 14 6 7 0 0 1 0-14z"],
  heart: ["M50 82C20 60 14 46 18 34c5-14 24-15 32 0 8-15 27-14 32 0 4 12-2 26-32 48z"],
  star: ["M50 14l11 24 26 3-19 18 5 26-23-13-23 13 5-26-19-18 26-3z"],
  sun: ["M50 32a18 18 0 1 1 0 36 18 18 0 0 1 0-36z", "M50 12v10M50 78v10M12 50h10M78 50h10M23 23l7 7M70 70l7 7M77 23l-7 7M30 70l-7 7"],
  cat: ["M24 20l8 18c10-7 26-7 36 0l8-18c6 16 8 30 4 42-5 14-17 20-30 20s-25-6-30-20c-4-12-2-26 4-42z", "M38 52v5M62 52v5", "M50 62l-4 5h8zM46 67c-3 5-8 5-10 3M54 67c3 5 8 5 10 3"],
  cup: ["M26 38h40v26c0 10-7 16-20 16s-20-6-20-16z", "M66 44c14-4 18 18 0 18", "M38 28c-4-6 4-8 0-14M52 28c-4-6 4-8 0-14"],
};
const NAMES = Object.keys(DRAWN);
const ALBUM = "5a4db0c5-0000-4000-8000-0000000571c0";

/** @param {number} at */
function idOf(at) {
  return `5a4db0c5-0000-4000-8000-0000057100${String(at).padStart(2, "0")}`;
}

/** What can be sent. @returns {{name: string, data: {sticker_id: string, album_id: string, name: string}}[]} */
export function stickers() {
  return NAMES.map((name, at) => ({ name, data: { sticker_id: idOf(at), album_id: ALBUM, name } }));
}

/** @param {string} name */
export function drawing(name) {
  return svg("0 0 100 100", DRAWN[name] ?? [], `sticker-drawing sticker-${name}`);
}

/** @param {unknown} id @returns {HTMLElement | null} */
export function stickerOf(id) {
  const name = NAMES.find((_, at) => idOf(at) === id);
  return name ? el("div.sticker.drawn", { role: "img", "aria-label": t("sticker.of", { name: t(`sticker.${name}`) }) }, drawing(name)) : null;
}
