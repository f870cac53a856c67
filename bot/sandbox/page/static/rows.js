// The messages of a stretch as rows of the log, with the days between them, each found out about once.
// @ts-check
import { bubble, mark, remark, signature } from "./bubble.js";
import { el } from "./dom.js";
import { dayName } from "./i18n.js";
import { showFramesOf } from "./inspector.js";

/** Another `sign` means another node; another `mark` only that something in it is to be renewed.
 * @typedef {{key: string, sign: string, make: () => HTMLElement, mark?: string, remark?: (node: HTMLElement) => void}} Row
 */
/** @typedef {import("./store.js").Message} Message */

/** A message never changes: another one comes in its place. So what was found out about one stays true.
 * @type {WeakMap<Message, {date: string, first: boolean, quoted: Message | undefined, skin: string, row: Row}>}
 */
const rowsOf = new WeakMap();

/** @param {Message[]} list @param {number} from @param {number} to
 * @param {{group: boolean, skin: string, reveal: (id: string) => void}} place @returns {Row[]}
 */
export function messageRows(list, from, to, { group, skin, reveal }) {
  /** @type {Map<string, Message> | undefined} */
  let byMessage;
  const made = [];
  let day = "";
  let sender = "";
  for (const message of list.slice(from, to)) {
    const before = rowsOf.get(message);
    const date = before?.date ?? new Date(message.created_at).toDateString();
    if (date !== day) {
      const name = dayName(message.created_at);
      made.push({ key: `day ${date}`, sign: name, make: () => el("p.day", {}, el("span", {}, name)) });
      [day, sender] = [date, ""];
    }
    const first = message.user_id !== sender;
    sender = message.category.startsWith("SYSTEM_CONVERSATION") ? "" : message.user_id;
    const quoted = message.quote_message_id ? (byMessage ??= new Map(list.map((one) => [one.message_id, one]))).get(message.quote_message_id) : undefined;
    if (before && before.first === first && before.quoted === quoted && before.skin === skin) {
      made.push(before.row);
      continue;
    }
    const row = { key: message.message_id, sign: signature(message, first, quoted) + skin,
      make: () => bubble(message, { group, first, quoted, showFrame: showFramesOf, reveal }), mark: mark(message), remark: (/** @type {HTMLElement} */ node) => remark(node, message) };
    rowsOf.set(message, { date, first, quoted, skin, row });
    made.push(row);
  }
  return made;
}
