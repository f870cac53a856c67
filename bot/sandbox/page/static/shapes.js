// The control API's answers as the page's own values: the one place that knows the names of their members.
// @ts-check

/** @param {any} raw @returns {any} */
export function personFrom(raw) {
  const number = String(raw.identity_number ?? "");
  return { ...raw, user_id: String(raw.user_id), full_name: String(raw.full_name ?? "?"), identity_number: number,
    tone: Number(number.slice(-6)) || undefined };
}

/** @param {any} raw @returns {import("./store.js").Message} */
export function messageFrom(raw) {
  return { ...raw, data: readData(raw), status: String(raw.status ?? "SENT"), recalled: Boolean(raw.recalled),
    quote_message_id: raw.quote_message_id || undefined };
}

const TEXTS = /_(TEXT|POST)$/;

/** JSON contents may arrive as their text. @param {any} raw */
function readData(raw) {
  const data = raw.data ?? "";
  if (TEXTS.test(raw.category ?? "") || typeof data !== "string") return data;
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}

/** @param {any} raw @returns {import("./store.js").Conversation} */
export function conversationFrom(raw) {
  const last = raw.last_message;
  return { ...raw, category: String(raw.category ?? "CONTACT"), name: String(raw.name ?? ""), last: last ? messageFrom(last) : null,
    unread: Number(raw.unread ?? 0),
    blocked: Boolean(raw.blocked), stranger: Boolean(raw.stranger),
    roles: Object.fromEntries((raw.participants ?? []).map((/** @type {any} */ one) => [String(one.user_id ?? one), String(one.role ?? "")])),
    participants: (raw.participants ?? []).map((/** @type {any} */ one) => String(one.user_id ?? one)) };
}
