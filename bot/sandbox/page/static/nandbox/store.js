// What nandbox's page knows, and who wants to hear when it changes.
// @ts-check

/** @typedef {{id: string, name: string, status: string, photo: string, is_bot: boolean, online: boolean, bot: string}} Person */
/** @typedef {{message_id: string, talk: string, sender_id: string, type: string, date: number, body: Record<string, any>,
 *   status: string, receipt: string, menu_ref: string, menus: any[], seq: number, text: string}} Message */
/** @typedef {{id: string, title: string, type: string, state: string, members?: number, last_message: Message | null}} Chat */
/** @typedef {"people" | "chats" | "log" | "line" | "faults" | "online" | "reply"} Topic */

export const DIRECT = "bot";

/** @type {{me: string, bot: any, people: Person[], chats: Chat[], open: string, log: Message[], keypad: {menus: any[], first: string},
 *   menu: Record<string, string>, connected: boolean, faults: any[], kinds: Record<string, string>, settings: Record<string, any>,
 *   reply: Message | null, online: boolean}} */
export const state = { me: "", bot: null, people: [], chats: [], open: DIRECT, log: [], keypad: { menus: [], first: "" },
  menu: {}, connected: false, faults: [], kinds: {}, settings: {}, reply: null, online: true };

const bus = new EventTarget();

/** @param {Topic[]} topics @param {() => void} act */
export function on(topics, act) {
  for (const topic of topics) bus.addEventListener(topic, act);
}

/** @param {...Topic} topics */
export function changed(...topics) {
  for (const topic of topics) bus.dispatchEvent(new Event(topic));
}

/** @param {string} id @returns {Person} */
export function person(id) {
  const known = state.bot?.id === id ? state.bot : state.people.find((one) => one.id === id);
  return known ?? { id, name: id, status: "", photo: "", is_bot: false, online: true, bot: "" };
}

/** @returns {Chat | undefined} */
export function openChat() {
  return state.chats.find((one) => one.id === state.open);
}

/** In which chat of the current person a message stands. @param {Message} message */
export function chatOf(message) {
  return message.talk.includes("|") ? DIRECT : message.talk;
}

/** Add a message, or put its newer self in its place. @param {Message} message */
export function place(message) {
  const at = state.log.findIndex((one) => one.message_id === message.message_id);
  if (at < 0) state.log.push(message);
  else state.log[at] = message;
}
