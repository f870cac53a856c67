// Faces: a person's photo from the sandbox, over the first letter of the name.
// @ts-check
import { el } from "../dom.js";
import { avatar } from "../people.js";

/** Where a file can be seen. @param {string} id */
export function address(id) {
  return `/nandbox/permanent/${encodeURIComponent(id)}`;
}

/** @param {import("./store.js").Person} one */
export function face(one) {
  const made = avatar({ user_id: one.id, full_name: one.name || "?", identity_number: "", is_bot: one.is_bot });
  if (one.photo) made.append(el("img", { src: address(`${one.photo}.thumb.jpg`), alt: "", loading: "lazy", on: { error: remove } }));
  return made;
}

/** @param {string} id @param {string} title */
export function groupFace(id, title) {
  return avatar({ user_id: id, full_name: title, identity_number: "" }, "group");
}

/** @param {Event} event */
function remove(event) {
  /** @type {HTMLElement} */ (event.target).remove();
}
