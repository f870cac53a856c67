// What a person can do: become somebody, open a conversation, say something, press a button, take it back.
// @ts-check
import { api, ApiError } from "./api.js";
import { meet } from "./directory.js";
import { t } from "./i18n.js";
import { openLink } from "./links.js";
import { conversationFrom, messageFrom, personFrom } from "./shapes.js";
import { amend, changed, discard, isBot, merge, NEWEST, state, thread } from "./store.js";
import { toast } from "./toast.js";
import { turns } from "./turns.js";

/** @typedef {import("./store.js").Conversation} Conversation */

const ON_THE_RAIL = 24;
const [worlds, lines, lists, chats, persons] = [turns(), turns(), turns(), turns(), turns()];

/** Refresh the first people, the bot, the line to it and the weather; whoever is gone is nobody to be any more. */
export async function refreshState() {
  const me = state.me;
  const [isNewest, isNewsOfLine] = [worlds.ask(), lines.ask()];
  const now = await api.state(ON_THE_RAIL, me);
  if (isNewsOfLine()) state.blaze = { connected: Boolean(now.blaze?.connected), since: now.blaze?.since };
  if (!isNewest()) return;
  state.bot = now.bot ? personFrom(now.bot) : null;
  state.people = (now.people ?? []).map(personFrom);
  state.peopleCount = Number(now.people_count ?? state.people.length);
  meet([...state.people, ...(now.me ? [personFrom(now.me)] : [])]);
  state.faults = (now.faults ?? []).map((/** @type {any} */ fault) => ({ ...fault, seen: Date.now() }));
  changed("people", "blaze", "faults");
  if (me && !now.me && me === state.me && state.people[0]) await become(state.people[0].user_id);
}

/** The line to the bot came or went just now. @param {{connected: boolean, since?: string}} blaze */
export function hearOfLine(blaze) {
  lines.told();
  state.blaze = blaze;
  changed("blaze");
}

/** Everything that was said is gone; what was asked for before would bring it back. */
export function forgetMessages() {
  chats.told();
  state.threads.clear();
  changed("thread");
}

export async function refreshConversations() {
  const isNewest = lists.ask();
  const rows = await api.conversations(state.me);
  if (!isNewest()) return;
  state.conversations = rows.map(conversationFrom);
  changed("conversations");
  if (state.open && !state.conversations.some((one) => one.conversation_id === state.open))
    await openThread(state.conversations[0]?.conversation_id ?? "");
}

/** The newest messages of the open conversation, laid over what is known. */
export async function refreshThread() {
  const id = state.open;
  if (!id) return;
  const isNewest = chats.ask();
  const rows = await api.messages(state.me, id);
  if (isNewest()) layNewest(id, rows);
}

/** @param {string} id of a conversation @param {any[]} rows its newest messages */
function layNewest(id, rows) {
  const first = !state.threads.has(id);
  merge(id, rows.map(messageFrom), "newest");
  if (first) thread(id).complete = rows.length < NEWEST;
}

/** All at once, when all is known: nobody's name ever stands over what another one sees.
 * @param {string} id a person's; conversations and messages are that person's from here on
 */
export async function become(id) {
  const isNewest = persons.ask();
  if (id === state.me) return persons.told();
  const conversations = (await api.conversations(id)).map(conversationFrom);
  const next = conversations.find((/** @type {Conversation} */ one) => one.conversation_id === state.open)
    ?? conversations.find((/** @type {Conversation} */ one) => one.category !== "GROUP" && one.participants.some(isBot)) ?? conversations[0];
  const rows = next ? await api.messages(id, next.conversation_id) : [];
  if (!isNewest()) return;
  lists.told();
  chats.told();
  state.threads.clear();
  Object.assign(state, { me: id, conversations, open: next?.conversation_id ?? "" });
  if (next) layNewest(next.conversation_id, rows);
  localStorage.setItem("sandbox.me", id);
  changed("people", "conversations", "open", "thread");
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
  if (state.threads.get(id) !== known) return;
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
    if (lists.waiting()) await refreshConversations();
  } catch {
    reading = "";
  }
}

/** @param {unknown} error */
export function words(error) {
  return error instanceof ApiError ? error.message : t("line.unreachable");
}
