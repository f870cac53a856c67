// The open conversation: its head, its log of messages, and where the eye rests in it.
// @ts-check
import { loadEarlier, markRead, say, words } from "./actions.js";
import { bubble, signature } from "./bubble.js";
import { layOut } from "./buttons.js";
import { inPopUp, webLink } from "./links.js";
import { drawHead } from "./chat_head.js";
import { byId, el, icon } from "./dom.js";
import { dayName, t } from "./i18n.js";
import { showFramesOf } from "./inspector.js";
import { isBot, NEWEST, on, openConversation, partner, person, state, thread } from "./store.js";
import { followEnd, followsEnd, goDown, goTo, growUp, stretch } from "./stretch.js";
import { toast } from "./toast.js";

const NEAR_END_PX = 80;
const AT_END_MS = 60;
const ABOVE_MS = 300;

let openId = "";
let atEnd = true;
let drawing = 0;
let lastDrawn = 0;
/** @type {HTMLElement} */
let inner;

/** @typedef {{key: string, sign: string, make: () => HTMLElement}} Row */

/** @param {import("./store.js").Message[]} list @param {number} from @param {number} to @param {boolean} group @param {string} skin @returns {Row[]} */
function messageRows(list, from, to, group, skin) {
  const byMessage = new Map(list.map((one) => [one.message_id, one]));
  const made = [];
  let day = "";
  let sender = "";
  for (const message of list.slice(from, to)) {
    const date = new Date(message.created_at).toDateString();
    if (date !== day) {
      const name = dayName(message.created_at);
      made.push({ key: `day ${date}`, sign: name, make: () => el("p.day", {}, el("span", {}, name)) });
      [day, sender] = [date, ""];
    }
    const first = message.user_id !== sender;
    sender = message.category.startsWith("SYSTEM_CONVERSATION") ? "" : message.user_id;
    const quoted = message.quote_message_id ? byMessage.get(message.quote_message_id) : undefined;
    made.push({ key: message.message_id, sign: signature(message, first, quoted) + skin,
      make: () => bubble(message, { group, first, quoted, showFrame: showFramesOf, reveal: (id) => void reveal(id) }) });
  }
  return made;
}

/** The card that Mixin's own apps show before the first message to a bot. @param {import("./store.js").Person} bot */
function stranger(bot) {
  const home = webLink(String(state.bot?.home_uri ?? ""));
  return el("section.stranger", { "aria-label": t("hi.label") },
    el("p", {}, t("hi.you", { name: person(state.me).full_name, bot: bot.full_name })),
    el("div.stranger-card", {}, el("p", {}, t("hi.tap")),
      el("div.stranger-buttons", {},
        home ? el("a.plain-button", { href: home, target: "_blank", rel: "noopener noreferrer", on: { click: inPopUp } }, icon("home"), t("hi.home"))
          : el("button.plain-button", { on: { click: () => toast(t("hi.noHome")) } }, icon("home"), t("hi.home")),
        el("button.primary", { id: "say-hi", on: { click: () => { void say({ text: t("hi.greeting") }); byId("draft").focus(); } } }, t("hi.say")))));
}

/** What stands in the log now, by key. @type {Map<string, {node: HTMLElement, sign: string}>} */
const drawn = new Map();

/** Keep what is unchanged in its place, so that nothing is announced twice and nothing is laid out for nothing. @param {Row[]} rows */
function reconcile(rows) {
  const wanted = new Set(rows.map((row) => row.key));
  for (const [key, { node }] of drawn)
    if (!wanted.has(key)) {
      node.remove();
      drawn.delete(key);
    }
  let at = inner.firstChild;
  for (const row of rows) {
    const before = drawn.get(row.key);
    let node = before?.node;
    if (!before || before.sign !== row.sign) {
      const made = row.make();
      made.dataset.key = row.key;
      drawn.set(row.key, { node: made, sign: row.sign });
      if (node) {
        if (node === at) at = made;
        node.replaceWith(made);
      }
      node = made;
    }
    if (node === at) at = at.nextSibling;
    else if (node) inner.insertBefore(node, at);
  }
}

export function drawLog() {
  const log = byId("log");
  const conversation = openConversation();
  if (state.open !== openId) {
    [openId, atEnd] = [state.open, true];
    followEnd();
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
    rows.push(...messageRows(known.list, from, to, conversation.category === "GROUP", skin));
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
  reconcile(rows);
  layOut(inner);
  if ((atEnd && followsEnd()) || own) scrollDown();
  look();
}

/** Once for all that comes before the next frame, so that a burst costs one drawing; while much comes, keys go first. */
function drawSoon() {
  if (drawing) return;
  const pause = lastDrawn + (atEnd ? AT_END_MS : ABOVE_MS) - performance.now();
  drawing = window.setTimeout(() => requestAnimationFrame(() => {
    drawing = 0;
    lastDrawn = performance.now();
    drawLog();
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
  if (document.visibilityState !== "visible" || !log.clientHeight || !atEnd || !followsEnd()) return;
  const incoming = state.threads.get(state.open)?.list.findLast((one) => one.user_id !== state.me);
  if (incoming) void markRead(incoming.message_id);
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
  const settle = new ResizeObserver(() => {
    layOut(inner);
    if (atEnd && followsEnd()) scrollDown();
    look();
  });
  settle.observe(inner);
  settle.observe(log);
}
