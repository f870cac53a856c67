// The line to the sandbox: what happens to the current person, with back-off when it breaks.
// @ts-check
import { token } from "../api.js";
import { hearOfLine, isLogAsked, refreshChats, refreshLog, refreshState } from "./actions.js";
import { changed, chatOf, place, state } from "./store.js";

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5000;

/** @type {WebSocket | null} */
let socket = null;
let wait = FIRST_WAIT_MS;
let timer = 0;
/** @type {Map<() => Promise<unknown>, number>} */
const soon = new Map();

export function listen() {
  clearTimeout(timer);
  const mine = new WebSocket(`${location.origin.replace(/^http/, "ws")}/_sandbox/nandbox/events?as=${encodeURIComponent(state.me)}`, ["sandbox", `token.${token()}`]);
  const before = socket;
  socket = mine;
  before?.close();
  mine.addEventListener("open", () => mine === socket && void catchUp());
  mine.addEventListener("message", (event) => mine === socket && receive(String(event.data)));
  mine.addEventListener("close", () => mine === socket && retry());
}

function retry() {
  setOnline(false);
  clearTimeout(timer);
  timer = window.setTimeout(() => refreshState().then(listen, retry), wait * (0.5 + Math.random()));
  wait = Math.min(LONGEST_WAIT_MS, wait * 2);
}

/** @param {boolean} online */
function setOnline(online) {
  state.online = online;
  changed("online");
}

async function catchUp() {
  try {
    await Promise.all([refreshState(), refreshChats(), refreshLog()]);
    wait = FIRST_WAIT_MS;
    setOnline(true);
  } catch {
    socket?.close();
  }
}

/** @param {string} text */
function receive(text) {
  const event = JSON.parse(text);
  if (event.kind === "nandbox_message") {
    if (chatOf(event.message) === state.open) {
      place(event.message);
      changed("log");
      if (isLogAsked()) later(refreshLog);
    }
    later(refreshChats);
  } else if (event.kind === "nandbox_line") {
    hearOfLine(Boolean(event.connected));
  } else if (event.kind === "nandbox_keypad") later(refreshLog);
  else if (["nandbox_people", "nandbox_chats", "fault"].includes(event.kind)) later(catchUp);
  else if (event.kind === "reset") void catchUp();
}

/** Each of them once for a burst of events. @param {() => Promise<unknown>} act */
function later(act) {
  clearTimeout(soon.get(act));
  soon.set(act, window.setTimeout(() => act().catch(() => undefined), 60));
}
