// What a person can do: become somebody, open a conversation, say something, press a button, take it back.
// @ts-check
import { api, ApiError } from "./api.js";
import { meet } from "./directory.js";
import { t } from "./i18n.js";
import { openLink } from "./links.js";
import { conversationFrom, messageFrom, personFrom } from "./shapes.js";
import { amend, changed, discard, isBot, merge, state, thread } from "./store.js";
import { toast } from "./toast.js";

const ON_THE_RAIL = 24;

/** Refresh the first people, the bot, the line to it and the weather; whoever is gone is nobody to be any more. */
export async function refreshState() {
  const me = state.me;
  const now = await api.state(ON_THE_RAIL, me);
  state.bot = now.bot ? personFrom(now.bot) : null;
  state.people = (now.people ?? []).map(personFrom);
  state.peopleCount = Number(now.people_count ?? state.people.length);
  meet([...state.people, ...(now.me ? [personFrom(now.me)] : [])]);
  state.blaze = { connected: Boolean(now.blaze?.connected), since: now.blaze?.since };
  state.faults = (now.faults ?? []).map((/** @type {any} */ fault) => ({ ...fault, seen: Date.now() }));
  changed("people", "blaze", "faults");
  if (me && !now.me && me === state.me && state.people[0]) await become(state.people[0].user_id);
}

export async function refreshConversations() {
  const me = state.me;
  const rows = await api.conversations(me);
  if (me !== state.me) return;
  state.conversations = rows.map(conversationFrom);
  changed("conversations");
  if (state.open && !state.conversations.some((one) => one.conversation_id === state.open))
    await openThread(state.conversations[0]?.conversation_id ?? "");
}

/** The newest messages of the open conversation, laid over what is known. */
export async function refreshThread() {
  const [me, id] = [state.me, state.open];
  if (!id) return;
  const rows = await api.messages(me, id);
  if (me !== state.me) return;
  const first = !state.threads.has(id);
  merge(id, rows.map(messageFrom), "newest");
  if (first) thread(id).complete = rows.length < 200;
  changed("thread");
}

/** @param {string} id a person's; conversations and messages are that person's from here on */
export async function become(id) {
  if (id === state.me) return;
  const partnerWasBot = state.conversations.find((one) => one.conversation_id === state.open)?.participants.some(isBot);
  state.me = id;
  state.threads.clear();
  state.conversations = [];
  const before = state.open;
  state.open = "";
  localStorage.setItem("sandbox.me", id);
  changed("people", "conversations", "open", "thread");
  await refreshConversations();
  const same = state.conversations.find((one) => one.conversation_id === before);
  const withBot = state.conversations.find((one) => one.category !== "GROUP" && one.participants.some(isBot));
  const next = same ?? (partnerWasBot || !before ? withBot : undefined) ?? withBot ?? state.conversations[0];
  if (next) await openThread(next.conversation_id);
}

/** @param {string} id */
export async function openThread(id) {
  state.open = id;
  changed("open", "thread");
  await refreshThread();
}

/** @param {number} [limit] */
export async function loadEarlier(limit = 200) {
  const id = state.open;
  const known = thread(id);
  const oldest = known.list[0];
  if (!oldest || known.complete) return;
  const rows = await api.messages(state.me, id, { before: oldest.message_id, limit });
  known.complete = rows.length < limit;
  merge(id, rows.map(messageFrom), "earlier");
}

/** Shown at once with a clock, then with whatever the sandbox made of it.
 * @param {{category?: string, text?: string, data?: unknown, quote?: string, message_id?: string}} said
 */
export async function say(said) {
  const [me, conversation] = [state.me, state.open];
  const message_id = said.message_id ?? crypto.randomUUID();
  const category = said.category ?? "PLAIN_TEXT";
  const body = { as: me, category, message_id, quote_message_id: said.quote || undefined,
    ...(said.text === undefined ? { data: said.data } : { text: said.text }) };
  const draft = { message_id, conversation_id: conversation, user_id: me, category, data: said.text ?? said.data,
    status: "", created_at: new Date().toISOString(), quote_message_id: said.quote, sending: true };
  merge(conversation, [draft], "new");
  try {
    const made = await api.send(conversation, body);
    if (me === state.me) merge(conversation, [{ ...draft, sending: false, status: "SENT", ...(made?.message_id ? messageFrom(made) : {}) }], "new");
  } catch (error) {
    if (me === state.me) amend(message_id, { sending: false, failed: words(error) });
  }
}

/** @param {import("./store.js").Message} message one's own, to be taken back */
export async function takeBack(message) {
  try {
    await api.send(message.conversation_id, { as: state.me, category: "MESSAGE_RECALL", data: { message_id: message.message_id } });
    amend(message.message_id, { recalled: true });
  } catch (error) {
    toast(words(error));
  }
}

/** @param {import("./store.js").Message} message that failed before */
export async function sayAgain(message) {
  discard(message.message_id);
  const text = typeof message.data === "string" ? message.data : undefined;
  await say({ category: message.category, text, data: message.data, quote: message.quote_message_id, message_id: message.message_id });
}

/** @param {import("./store.js").Message} message @param {number} index */
export async function press(message, index) {
  try {
    const done = await api.press(state.me, message.message_id, index);
    if (done?.opens) await openLink(done.opens);
    else if (done?.message) merge(message.conversation_id, [messageFrom(done.message)], "new");
  } catch (error) {
    toast(words(error));
  }
}

let reading = "";

/** Tell the sandbox that the person has seen the open conversation; one call at a time for each newest message.
 * @param {string} newest its message id
 */
export async function markRead(newest) {
  const key = `${state.me} ${newest}`;
  if (reading === key) return;
  reading = key;
  const conversation = state.open;
  try {
    await api.read(state.me, conversation);
    const known = state.conversations.find((one) => one.conversation_id === conversation);
    if (!known?.unread) return;
    known.unread = 0;
    changed("conversations");
  } catch {
    reading = "";
  }
}

/** @param {unknown} error */
export function words(error) {
  return error instanceof ApiError ? error.message : t("line.unreachable");
}
