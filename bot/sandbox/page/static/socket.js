// The line to the sandbox: events as they happen, back-off with jitter when it breaks, and catching up after.
// @ts-check
import { forgetMessages, hearOfLine, refreshConversations, refreshState, refreshThread } from "./actions.js";
import { api, ApiError, token } from "./api.js";
import { byId } from "./dom.js";
import { t } from "./i18n.js";
import { messageFrom } from "./shapes.js";
import { addFrames, amend, changed, merge, state } from "./store.js";

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5000;

/** @type {WebSocket | null} */
let socket = null;
let wait = FIRST_WAIT_MS;
let timer = 0;

/** Listen as the current person; a line for somebody else is closed first. */
export function listen() {
  clearTimeout(timer);
  const mine = new WebSocket(`${location.origin.replace(/^http/, "ws")}/_sandbox/events?as=${encodeURIComponent(state.me)}&frames=1`, ["sandbox", `token.${token()}`]);
  const before = socket;
  socket = mine;
  before?.close();
  mine.addEventListener("open", () => mine === socket && catchUp());
  mine.addEventListener("message", (event) => mine === socket && receive(event.data));
  mine.addEventListener("close", () => mine === socket && retry());
}

function retry() {
  setOnline(false);
  clearTimeout(timer);
  timer = window.setTimeout(() => void again(), wait * (0.5 + Math.random()));
  wait = Math.min(LONGEST_WAIT_MS, wait * 2);
}

/** Whoever one was may be gone: the state says so, before a line for nobody is tried. */
async function again() {
  const me = state.me;
  try {
    await refreshState();
    if (me === state.me) listen();
  } catch (error) {
    byId("line-words").textContent = t(error instanceof ApiError && error.status === 401 ? "line.token" : "line.lost");
    retry();
  }
}

/** @param {boolean} online */
function setOnline(online) {
  if (state.online === online) return;
  state.online = online;
  changed("line");
}

/** Whatever was missed is asked for again; known messages are only refreshed. */
async function catchUp() {
  const me = state.me;
  try {
    await refreshState();
    if (me !== state.me) return;
    await Promise.all([refreshConversations(), refreshThread(), refreshFrames()]);
    wait = FIRST_WAIT_MS;
    setOnline(true);
  } catch {
    socket?.close();
  }
}

/** All of them again: a sandbox that was started anew counts from one. What was heard meanwhile is of now. */
async function refreshFrames() {
  const before = new Set(state.frames);
  const answer = await api.frames(0);
  state.frames = state.frames.filter((one) => !before.has(one));
  addFrames(answer);
}

/** @param {unknown} text */
function receive(text) {
  let event;
  try {
    event = JSON.parse(String(text));
  } catch {
    return;
  }
  apply(event);
}

/** @param {any} event */
function apply(event) {
  switch (event.kind) {
    case "message": {
      const message = messageFrom(event.message);
      if (state.threads.has(message.conversation_id)) merge(message.conversation_id, [message], "new");
      else if (message.conversation_id === state.open) refreshThread().catch(() => undefined);
      soon();
      break;
    }
    case "status":
      amend(event.message_id, { status: event.status });
      break;
    case "recall":
      amend(event.message_id, { recalled: true });
      soon();
      break;
    case "blaze":
      hearOfLine({ connected: Boolean(event.connected), since: event.since });
      break;
    case "frames":
      addFrames(event.frames);
      break;
    case "fault":
      stateSoon();
      break;
    case "people":
      stateSoon();
      soon();
      break;
    case "wallet":
    case "grants":
      changed("wallet");
      break;
    case "reset":
      forgetMessages();
      void catchUp();
      break;
    default:
      soon();
  }
}

let asked = 0;
let answered = -1000;
let stateAsked = 0;

/** The state again, once for a burst of events. */
function stateSoon() {
  stateAsked ||= window.setTimeout(() => {
    stateAsked = 0;
    refreshState().catch(() => undefined);
  }, 60);
}

/** Conversations again, once for a burst of events; while events do not end, now and then. */
function soon() {
  asked ||= window.setTimeout(() => {
    asked = 0;
    answered = performance.now();
    refreshConversations().catch(() => undefined);
  }, Math.max(150, answered + 1000 - performance.now()));
}
