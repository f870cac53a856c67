// What the page knows, and who wants to hear when it changes. Drawing and sending happen elsewhere.
// @ts-check

/** @typedef {{user_id: string, full_name: string, identity_number: string, tone?: number, is_bot?: boolean, admin?: boolean, biography?: string,
 *   blocked?: boolean, away?: boolean}} Person */
/** @typedef {{message_id: string, conversation_id: string, user_id: string, category: string, data: any, status: string,
 *   quote_message_id?: string, created_at: string, recalled?: boolean, sending?: boolean, failed?: string, trouble?: string}} Message */
/** @typedef {{conversation_id: string, category: string, name: string, participants: string[], last: Message | null,
 *   unread: number, blocked?: boolean, stranger?: boolean, announcement?: string, roles: Record<string, string>, pins?: string[],
 *   pinned?: any, code_id?: string}} Conversation */
/** @typedef {{list: Message[], complete: boolean}} Thread */
/** @typedef {"people" | "conversations" | "thread" | "open" | "blaze" | "faults" | "line" | "frames" | "wallet"} Topic */

export const NEWEST = 200;
const MOST_KEPT = 4000;
const RANK = { SENT: 1, DELIVERED: 2, READ: 3 };

/** `people` are the first few of `peopleCount`; whoever else came by is in `known`.
 * @type {{me: string, bot: any, people: Person[], peopleCount: number, known: Map<string, Person>, conversations: Conversation[], open: string, threads: Map<string, Thread>,
 *   faults: any[], blaze: {connected: boolean, since?: string}, online: boolean, frames: any[], seq: number}} */
export const state = { me: "", bot: null, people: [], peopleCount: 0, known: new Map(), conversations: [], open: "", threads: new Map(), faults: [],
  blaze: { connected: true }, online: true, frames: [], seq: 0 };

const bus = new EventTarget();

/** @param {Topic | Topic[]} topics @param {() => void} act */
export function on(topics, act) {
  for (const topic of [topics].flat()) bus.addEventListener(topic, act);
}

/** @param {Topic} topic @param {() => void} act */
export function off(topic, act) {
  bus.removeEventListener(topic, act);
}

/** @param {...Topic} topics */
export function changed(...topics) {
  for (const topic of topics) bus.dispatchEvent(new Event(topic));
}

/** @type {(id: string) => void} */
let ask = () => undefined;

/** @param {(id: string) => void} act called for ids of people who are not known yet */
export function onStranger(act) {
  ask = act;
}

/** @param {string} id @returns {Person} somebody, even when nobody by that id is known */
export function person(id) {
  if (isBot(id)) return state.bot;
  const known = state.known.get(id);
  if (!known && id) ask(id);
  return known ?? { user_id: id, full_name: id ? id.slice(0, 8) : "?", identity_number: "" };
}

/** @param {string} id */
export function isBot(id) {
  return Boolean(state.bot) && state.bot.user_id === id;
}

/** @returns {Conversation | undefined} */
export function openConversation() {
  return state.conversations.find((one) => one.conversation_id === state.open);
}

/** @param {Conversation} conversation @returns {string | undefined} the other one of two */
export function partner(conversation) {
  return conversation.category === "GROUP" ? undefined : conversation.participants.find((id) => id !== state.me);
}

/** @param {string} id @returns {Thread} */
export function thread(id) {
  let found = state.threads.get(id);
  if (!found) state.threads.set(id, (found = { list: [], complete: false }));
  return found;
}

/** Add or refresh in the sandbox's order (clocks may be wrong on purpose); a status never goes back.
 * @param {string} id @param {Message[]} messages oldest first
 * @param {"new" | "newest" | "earlier"} what as they happen; the end of the conversation; or what lies before it
 */
export function merge(id, messages, what) {
  const known = thread(id);
  if (what === "new") {
    for (const message of messages) place(known, message);
    forgetOldest(known);
    changed("thread");
    return;
  }
  const before = new Map(known.list.map((one) => [one.message_id, one]));
  const fresh = messages.map((message) => {
    const old = before.get(message.message_id);
    return old ? { ...message, status: later(old.status, message.status), recalled: old.recalled || message.recalled } : message;
  });
  const ids = new Set(messages.map((one) => one.message_id));
  const others = known.list.filter((one) => !ids.has(one.message_id));
  if (what === "earlier") known.list = [...fresh, ...others];
  else {
    const meeting = known.list.findLastIndex((one) => ids.has(one.message_id));
    const hole = meeting < 0 && messages.length >= NEWEST;
    if (hole) known.complete = false;
    const older = new Set(others.filter((one) => isSaid(one) && (meeting < 0 || known.list.indexOf(one) < meeting)));
    known.list = [...(hole ? [] : older), ...fresh, ...others.filter((one) => !older.has(one))];
  }
  changed("thread");
}

/** @param {Message} message whether the sandbox has it */
function isSaid(message) {
  return !message.sending && !message.failed;
}

/** @param {Thread} known @param {Message} message */
function place(known, message) {
  const at = known.list.findLastIndex((one) => one.message_id === message.message_id);
  if (at < 0) known.list.push(message);
  else {
    const old = known.list[at];
    known.list[at] = { ...message, status: later(old.status, message.status), recalled: old.recalled || message.recalled };
  }
}

/** A conversation that never rests keeps its newest half; the rest can be loaded again. @param {Thread} known */
function forgetOldest(known) {
  if (known.list.length <= MOST_KEPT) return;
  known.list = known.list.slice(-MOST_KEPT / 2);
  known.complete = false;
}

/** @param {string} a @param {string} b */
function later(a, b) {
  return (RANK[/** @type {keyof typeof RANK} */ (a)] ?? 0) > (RANK[/** @type {keyof typeof RANK} */ (b)] ?? 0) ? a : b;
}

/** @param {string} messageId @param {Partial<Message>} change */
export function amend(messageId, change) {
  for (const known of state.threads.values()) {
    const at = known.list.findLastIndex((one) => one.message_id === messageId);
    if (at < 0) continue;
    const before = known.list[at];
    const status = change.status ? later(before.status, change.status) : before.status;
    known.list[at] = { ...before, ...change, status };
    changed("thread");
  }
}

/** @param {string} messageId */
export function discard(messageId) {
  for (const known of state.threads.values()) known.list = known.list.filter((one) => one.message_id !== messageId);
  changed("thread");
}

/** @param {any[]} frames the newest 200 stay */
export function addFrames(frames) {
  const newest = state.frames.at(-1)?.seq ?? -1;
  if (frames.every((one, at) => one.seq > (frames[at - 1]?.seq ?? newest))) state.frames = [...state.frames, ...frames].slice(-NEWEST);
  else {
    const seen = new Set(state.frames.map((one) => one.seq));
    state.frames = [...state.frames, ...frames.filter((one) => !seen.has(one.seq))].sort((a, b) => a.seq - b.seq).slice(-NEWEST);
  }
  changed("frames");
}

/** @param {string} conversationId @returns {string} */
export function draft(conversationId) {
  return sessionStorage.getItem(`draft ${state.me} ${conversationId}`) ?? "";
}

/** @param {string} conversationId @param {string} text */
export function keepDraft(conversationId, text) {
  const key = `draft ${state.me} ${conversationId}`;
  if (text) sessionStorage.setItem(key, text);
  else sessionStorage.removeItem(key);
}
