// Which stretch of a conversation is drawn: its end, or what lies around some message; never more than 600 of them.
// @ts-check
import { NEWEST } from "./store.js";

const MOST = 3 * NEWEST;
const SLACK = 100;

/** @typedef {import("./store.js").Message} Message */

/** Ids of the first and the last message that are drawn; nothing for "the newest" and for "whatever comes". */
let [first, last] = ["", ""];

export function followEnd() {
  [first, last] = ["", ""];
}

export function followsEnd() {
  return !last;
}

/** Places in the list. At the end the top is cut now and then, not with every message; whoever reads further up is not
 * disturbed by what comes.
 * @param {Message[]} list @param {boolean} [atEnd] whether the eye rests on the end @returns {{from: number, to: number}}
 */
export function stretch(list, atEnd = false) {
  const end = last ? list.findLastIndex((one) => one.message_id === last) + 1 : 0;
  const to = end || list.length;
  if (!end) last = "";
  const from = first ? list.findIndex((one) => one.message_id === first) : -1;
  if (from < 0 || from >= to || (atEnd && !last && to - from > NEWEST + SLACK)) return keep(list, Math.max(0, to - NEWEST), to);
  return keep(list, from, Math.min(to, from + MOST));
}

/** @param {Message[]} list @param {number} from @param {number} to */
function keep(list, from, to) {
  first = list[from]?.message_id ?? "";
  last = to < list.length ? list[to - 1].message_id : "";
  return { from, to };
}

/** One page more at the top; what is too much goes at the bottom. @param {Message[]} list */
export function growUp(list) {
  const { from, to } = stretch(list);
  const start = Math.max(0, from - NEWEST);
  keep(list, start, Math.min(to, start + MOST));
}

/** One page further down; what is too much goes at the top. @param {Message[]} list */
export function goDown(list) {
  const { from, to } = stretch(list);
  const end = Math.min(list.length, to + NEWEST);
  keep(list, Math.max(from, end - MOST), end);
}

/** A page with this message in its middle, where it is not drawn already. @param {Message[]} list @param {string} id */
export function goTo(list, id) {
  const at = list.findIndex((one) => one.message_id === id);
  const { from, to } = stretch(list);
  if (at < 0 || (at >= from && at < to)) return;
  const end = Math.min(list.length, at + NEWEST / 2);
  keep(list, Math.max(0, end - NEWEST), end);
}
