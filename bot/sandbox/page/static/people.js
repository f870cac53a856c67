// Faces: an avatar is a person's first letter on that person's colour. Nothing is loaded from anywhere.
// @ts-check
import { personColor } from "./colors.js";
import { el, icon } from "./dom.js";

const letters = new Intl.Segmenter();

/** @param {import("./store.js").Person} person @param {string} [kind] an icon instead of the letter */
export function avatar(person, kind) {
  const face = kind ?? (person.is_bot ? "bot" : "");
  const letter = letters.segment(person.full_name.trim()).containing(0)?.segment.toUpperCase() ?? "?";
  return el("span.avatar", { "aria-hidden": "true", style: { "--person": face === "bot" ? "#2f63c8" : personColor(person.user_id, person.tone) } }, face ? icon(face) : letter);
}
