// What a person does on nandbox's page, and what is asked of the sandbox for it.
// @ts-check
import { toast } from "../toast.js";
import { turns } from "../turns.js";
import { show } from "../views.js";
import { calls } from "./calls.js";
import { changed, chatOf, DIRECT, openChat, place, state } from "./store.js";

const [worlds, lines, lists, logs, persons] = [turns(), turns(), turns(), turns(), turns()];

export async function refreshState() {
  const [isNewest, isNewsOfLine] = [worlds.ask(), lines.ask()];
  const [now, faults] = await Promise.all([calls.state(), calls.faults()]);
  if (isNewsOfLine()) state.connected = now.line.connected;
  if (!isNewest()) return;
  Object.assign(state, { bot: now.bot, people: now.people, settings: now.settings });
  state.faults = faults.map((/** @type {any} */ fault) => ({ ...fault, seen: Date.now() }));
  changed("people", "line", "faults");
  if (state.me && state.people[0] && !state.people.some((one) => one.id === state.me)) await become(state.people[0].id);
}

/** The bot's line came or went just now. @param {boolean} connected */
export function hearOfLine(connected) {
  lines.told();
  state.connected = connected;
  changed("line");
}

/** Whether the log is being asked for: what comes meanwhile may be missing in the answer. */
export function isLogAsked() {
  return logs.waiting();
}

export async function refreshChats() {
  const isNewest = lists.ask();
  const found = await calls.chats(state.me);
  if (!isNewest()) return;
  state.chats = found;
  if (!openChat()) state.open = DIRECT;
  changed("chats");
}

export async function refreshLog() {
  const open = state.open;
  const isNewest = logs.ask();
  const [log, keypad] = await Promise.all([calls.messages(open, state.me), calls.keypad(open, state.me)]);
  if (!isNewest() || open !== state.open) return;
  const last = log.at(-1)?.seq ?? 0;
  state.log = [...log, ...state.log.filter((one) => one.seq > last && chatOf(one) === open)];
  state.keypad = keypad;
  changed("log");
}

/** Whatever goes wrong is told. @template T @param {() => Promise<T>} act @returns {Promise<T | undefined>} */
export async function attempt(act) {
  try {
    return await act();
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

/** All at once, when all is known: nobody's name ever stands over what another one sees. @param {string} id */
export async function become(id) {
  if (!id) return;
  const isNewest = persons.ask();
  const chats = await calls.chats(id);
  const open = chats.some((/** @type {import("./store.js").Chat} */ one) => one.id === state.open) ? state.open : DIRECT;
  const [log, keypad] = await Promise.all([calls.messages(open, id), calls.keypad(open, id)]);
  if (!isNewest()) return;
  lists.told();
  logs.told();
  Object.assign(state, { me: id, chats, open, log, keypad, reply: null });
  localStorage.setItem("sandbox.nandbox.me", id);
  changed("people", "chats", "log", "reply");
}

/** @param {string} id */
export async function choose(id) {
  state.open = id;
  state.log = [];
  state.reply = null;
  changed("chats", "log", "reply");
  show("chat");
  await attempt(refreshLog);
}

/** @param {Record<string, unknown>} content */
export async function say(content) {
  const reply = state.reply ? { reply_to: state.reply.message_id } : {};
  const open = state.open;
  const said = await attempt(() => calls.say(open, { ...content, ...reply }));
  if (!said) return false;
  state.reply = null;
  if (open === state.open) place(said);
  changed("log", "reply");
  return true;
}

/** Press a button; what it opens is a menu, a chat or an address.
 * @param {any} button @param {string} menu_ref @param {import("./store.js").Message | null} message null: of the keypad
 */
export async function press(button, menu_ref, message) {
  const where = message ? { message_id: message.message_id } : { chat: state.open };
  const query = button.button_query === "location" ? { latitude: "30.0444", longitude: "31.2357" }
    : button.button_query === "contact" ? { contact: "+201000000000" } : undefined;
  const done = await attempt(() => calls.press({ ...where, callback: button.button_callback, menu_ref, ...(query ? { query } : {}) }));
  const opens = done?.opens ?? {};
  if (opens.next_menu) {
    state.menu[message?.message_id ?? state.open] = opens.next_menu;
    changed("log");
  }
  if (opens.chat && state.chats.some((one) => one.id === opens.chat)) await choose(opens.chat);
}
