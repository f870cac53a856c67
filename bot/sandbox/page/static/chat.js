// The open conversation: its head, its log of messages, and where the eye rests in it.
// @ts-check
import { loadEarlier, markRead, words } from "./actions.js";
import { layOut } from "./buttons.js";
import { drawHead } from "./chat_head.js";
import { byId, el, keepFocus } from "./dom.js";
import { t } from "./i18n.js";
import { messageRows } from "./rows.js";
import { isBot, NEWEST, on, openConversation, partner, person, state, thread } from "./store.js";
import { stranger } from "./stranger.js";
import { followEnd, followsEnd, goDown, goTo, growUp, stretch } from "./stretch.js";
import { toast } from "./toast.js";

const NEAR_END_PX = 80;
const AT_END_MS = 60;
const ABOVE_MS = 300;
const SLOWEST_MS = 500;
const SHARE = 5;
const SETTLED_MS = 500;
const READ_MS = 250;

let openId = "";
let atEnd = true;
let drawing = 0;
let settling = 0;
let lastDrawn = 0;
let cost = 0;
let reading = 0;
let lastRead = 0;
/** @type {HTMLElement} */
let inner;

/** @typedef {import("./rows.js").Row} Row */

/** What stands in the log now, by key. @type {Map<string, {node: HTMLElement, sign: string, mark: string | undefined, at: number}>} */
const drawn = new Map();

/** Keep what is unchanged in its place, so that nothing is announced twice and nothing is laid out for nothing. @param {Row[]} rows */
function reconcile(rows) {
  const now = performance.now();
  const wanted = new Set(rows.map((row) => row.key));
  for (const [key, { node }] of drawn)
    if (!wanted.has(key)) {
      node.remove();
      drawn.delete(key);
    }
  /** @type {HTMLElement[]} */
  const fresh = [];
  let at = inner.firstChild;
  for (const row of rows) {
    const before = drawn.get(row.key);
    let node = before?.node;
    if (!before || before.sign !== row.sign) {
      const made = row.make();
      made.dataset.key = row.key;
      drawn.set(row.key, { node: made, sign: row.sign, mark: row.mark, at: now });
      if (node) {
        if (node === at) at = made;
        node.replaceWith(made);
      }
      node = made;
      fresh.push(made);
    } else if (before.mark !== row.mark) {
      row.remark?.(before.node);
      before.mark = row.mark;
    }
    if (node === at) at = at.nextSibling;
    else if (node) inner.insertBefore(node, at);
  }
  for (const node of fresh) layOut(node);
  if (fresh.length) settling ||= window.setTimeout(settle, SETTLED_MS);
}

/** A row that has stood there for a while keeps its height when it is out of sight, and costs nothing more. */
function settle() {
  settling = 0;
  for (const one of drawn.values()) {
    const left = one.at ? one.at + SETTLED_MS - performance.now() : 0;
    if (left > 0) settling ||= window.setTimeout(settle, left);
    else one.node.classList.add("settled");
    if (left <= 0) one.at = 0;
  }
}

/** The width is another one, and with it every height. */
function measureAnew() {
  for (const one of drawn.values()) {
    one.at = performance.now();
    one.node.classList.remove("settled");
  }
  settling ||= window.setTimeout(settle, SETTLED_MS);
  layOut(inner);
}

/** Whose log of what. */
function whose() {
  return `${state.me} ${state.open}`;
}

export function drawLog() {
  const log = byId("log");
  const conversation = openConversation();
  if (openId !== whose()) {
    [openId, atEnd] = [whose(), true];
    followEnd();
    if (inner.contains(document.activeElement)) log.focus({ preventScroll: true });
    inner.replaceChildren();
    drawn.clear();
    log.setAttribute("aria-busy", "true");
    requestAnimationFrame(() => log.removeAttribute("aria-busy"));
  }
  const known = conversation && state.threads.has(state.open) ? thread(state.open) : null;
  /** @type {Row[]} */
  const rows = [];
  if (conversation && known) {
    const other = partner(conversation);
    const skin = document.documentElement.dataset.theme + document.documentElement.lang;
    const { from, to } = stretch(known.list, atEnd);
    if (from > 0 || (!known.complete && known.list.length >= NEWEST))
      rows.push({ key: "earlier", sign: skin, make: () => el("div.earlier", {}, el("button.text-button", { on: { click: () => void earlier() } }, t("chat.earlier"))) });
    rows.push(...messageRows(known.list, from, to, { group: conversation.category === "GROUP", skin, reveal: (id) => void reveal(id) }));
    if (to < known.list.length)
      rows.push({ key: "later", sign: skin, make: () => el("div.earlier", {}, el("button.text-button", { on: { click: later } }, t("chat.later"))) });
    if (!known.list.length && other && isBot(other)) rows.push({ key: "hi", sign: skin + state.me, make: () => stranger(person(other)) });
    else if (!known.list.length) rows.push({ key: "empty", sign: skin, make: () => el("p.empty", {}, t("chat.empty")) });
  }
  const last = known?.list[known.list.length - 1];
  const own = last && last.user_id === state.me && last.sending;
  if (own && !followsEnd()) {
    toEnd();
    return;
  }
  keepFocus(log, () => reconcile(rows));
  if ((atEnd && followsEnd()) || own) scrollDown();
  look();
}

/** Another log comes with its head. Else once for all that comes before the next frame, so that a burst costs one drawing;
 * while much comes, keys go first: drawing takes a fifth of the time at most. What one says oneself is there at once.
 */
function drawSoon() {
  if (openId !== whose()) return drawLog();
  const own = state.threads.get(state.open)?.list.at(-1)?.sending;
  if (drawing && !own) return;
  clearTimeout(drawing);
  const pause = own ? 0 : lastDrawn + Math.max(atEnd ? AT_END_MS : ABOVE_MS, Math.min(SLOWEST_MS, SHARE * cost)) - performance.now();
  drawing = window.setTimeout(() => requestAnimationFrame(() => {
    drawing = 0;
    lastDrawn = performance.now();
    drawLog();
    setTimeout(() => (cost = performance.now() - lastDrawn));
  }), Math.max(0, pause));
}

/** Draw anew and leave what one reads where it is. @param {() => void} change */
function inPlace(change) {
  const log = byId("log");
  const seen = [...inner.querySelectorAll(".row")].find((row) => row.getBoundingClientRect().bottom > log.getBoundingClientRect().top);
  const top = () => document.getElementById(seen?.id ?? "")?.getBoundingClientRect().top ?? 0;
  const before = top();
  atEnd = false;
  change();
  drawLog();
  log.scrollTop += top() - before;
}

async function earlier() {
  const known = thread(state.open);
  try {
    if (!stretch(known.list).from) await loadEarlier();
    inPlace(() => growUp(known.list));
  } catch (error) {
    toast(words(error));
  }
}

function later() {
  inPlace(() => goDown(thread(state.open).list));
}

/** To one message of the open conversation, however long ago it was. @param {string} id */
export async function reveal(id) {
  const known = thread(state.open);
  try {
    while (!known.complete && !known.list.some((one) => one.message_id === id)) await loadEarlier(1000);
  } catch (error) {
    toast(words(error));
    return;
  }
  goTo(known.list, id);
  atEnd = false;
  drawLog();
  const found = document.getElementById(`m-${id}`);
  found?.scrollIntoView({ block: "center" });
  found?.classList.add("flash");
  setTimeout(() => found?.classList.remove("flash"), 1600);
}

function scrollDown() {
  const log = byId("log");
  log.scrollTop = log.scrollHeight;
  atEnd = true;
}

function toEnd() {
  if (!followsEnd()) {
    followEnd();
    drawLog();
  }
  scrollDown();
}

/** What is on the screen has been read; the way to the end is offered when it is far. */
function look() {
  const log = byId("log");
  byId("to-end").hidden = atEnd && followsEnd();
  reading ||= window.setTimeout(() => {
    reading = 0;
    if (document.visibilityState !== "visible" || !log.clientHeight || !atEnd || !followsEnd()) return;
    lastRead = performance.now();
    const incoming = state.threads.get(state.open)?.list.findLast((one) => one.user_id !== state.me);
    if (incoming) void markRead(incoming.message_id);
  }, lastRead + READ_MS - performance.now());
}

export function startChat() {
  const log = byId("log");
  inner = el("div.log-inner");
  log.append(inner);
  on(["thread", "open", "people"], drawSoon);
  on(["open", "people", "blaze", "conversations"], drawHead);
  log.addEventListener("scroll", () => {
    atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END_PX;
    if (atEnd && !followsEnd()) later();
    look();
  }, { passive: true });
  byId("to-end").addEventListener("click", toEnd);
  document.addEventListener("visibilitychange", look);
  let width = 0;
  const sizes = new ResizeObserver(() => {
    if (log.clientWidth !== width) measureAnew();
    width = log.clientWidth;
    if (atEnd && followsEnd() && log.scrollTop + log.clientHeight < log.scrollHeight - 1) scrollDown();
    look();
  });
  sizes.observe(inner);
  sizes.observe(log);
}
