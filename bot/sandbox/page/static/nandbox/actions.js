// What a person does on nandbox's page, and what is asked of the sandbox for it.
// @ts-check
import { toast } from "../toast.js";
import { show } from "../views.js";
import { calls } from "./calls.js";
import { changed, chatOf, DIRECT, openChat, place, state } from "./store.js";

export async function refreshState() {
  const [now, faults] = await Promise.all([calls.state(), calls.faults()]);
  Object.assign(state, { bot: now.bot, people: now.people, connected: now.line.connected, settings: now.settings });
  state.faults = faults.map((/** @type {any} */ fault) => ({ ...fault, seen: Date.now() }));
  if (!state.people.some((one) => one.id === state.me)) state.me = state.people[0]?.id ?? "";
  changed("people", "line", "faults");
}

export async function refreshChats() {
  const me = state.me;
  const found = await calls.chats();
  if (me !== state.me) return;
  state.chats = found;
  if (!openChat()) state.open = DIRECT;
  changed("chats");
}

export async function refreshLog() {
  const [me, open] = [state.me, state.open];
  const [log, keypad] = await Promise.all([calls.messages(open), calls.keypad(open)]);
  if (me !== state.me || open !== state.open) return;
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

/** @param {string} id */
export async function become(id) {
  state.me = id;
  state.log = [];
  state.reply = null;
  localStorage.setItem("sandbox.nandbox.me", id);
  changed("people", "log", "reply");
  await refreshChats();
  await refreshLog();
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
