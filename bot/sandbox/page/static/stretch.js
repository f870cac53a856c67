// Which stretch of a conversation is drawn: its end, or what lies around some message; never more than 600 of them.
// @ts-check
import { NEWEST } from "./store.js";

const MOST = 3 * NEWEST;

/** @typedef {import("./store.js").Message} Message */

let count = NEWEST;
/** Id of the last message that is drawn; nothing while the end is followed. */
let last = "";

export function followEnd() {
  [count, last] = [NEWEST, ""];
}

export function followsEnd() {
  return !last;
}

/** @param {Message[]} list @returns {{from: number, to: number}} */
export function stretch(list) {
  const at = last ? list.findLastIndex((one) => one.message_id === last) : -1;
  if (at < 0) last = "";
  const to = at < 0 ? list.length : at + 1;
  return { from: Math.max(0, to - count), to };
}

/** @param {Message[]} list @param {number} to */
function endAt(list, to) {
  last = to >= list.length ? "" : list[to - 1].message_id;
}

/** One page more at the top; what is too much goes at the bottom. @param {Message[]} list */
export function growUp(list) {
  const { to } = stretch(list);
  count += NEWEST;
  if (count <= MOST) return;
  endAt(list, Math.max(1, to - (count - MOST)));
  count = MOST;
}

/** One page further down. @param {Message[]} list */
export function goDown(list) {
  const { to } = stretch(list);
  count = Math.min(MOST, count + NEWEST);
  endAt(list, to + NEWEST);
}

/** A page with this message in its middle. @param {Message[]} list @param {string} id */
export function goTo(list, id) {
  const at = list.findIndex((one) => one.message_id === id);
  const { from, to } = stretch(list);
  if (at < 0 || (at >= from && at < to)) return;
  count = NEWEST;
  endAt(list, Math.min(list.length, at + NEWEST / 2));
}
