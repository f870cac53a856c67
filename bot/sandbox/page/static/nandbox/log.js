// The log of the open chat: bubbles with their menus, oldest first; it stays at the end while one is there.
// @ts-check
import { byId, el, icon, keepFocus } from "../dom.js";
import { clockTime, dayName, t } from "../i18n.js";
import { content, summary } from "./contents.js";
import { face } from "./faces.js";
import { menu } from "./menus.js";
import { changed, DIRECT, on, person, state } from "./store.js";

const NEAR_PX = 120;

/** @param {import("./store.js").Message} message */
function quotation(message) {
  const id = message.body.reply_to_message_id;
  if (!id) return null;
  const quoted = state.log.find((one) => one.message_id === id);
  const go = () => byId("log").querySelector(`[data-message="${CSS.escape(id)}"]`)?.scrollIntoView({ block: "center" });
  return el("button.quote", { disabled: !quoted, on: { click: go } },
    el("strong", {}, el("bdi", {}, quoted ? person(quoted.sender_id).name : "")),
    el("span.facts", { dir: "auto" }, quoted ? summary(quoted) : t("quote.missing")));
}

/** @param {import("./store.js").Message} message */
function answerButton(message) {
  const words = t("quote.reply", { name: person(message.sender_id).name });
  const act = () => {
    state.reply = message;
    changed("reply");
  };
  return el("span.bubble-tools", {}, el("button.icon-button", { "aria-label": words, title: words, on: { click: act } }, icon("reply")));
}

/** @param {import("./store.js").Message} message @param {boolean} first */
function bubble(message, first) {
  const own = message.sender_id === state.me;
  const group = state.open !== DIRECT;
  const who = person(message.sender_id);
  const at = new Date(message.date).toISOString();
  const edited = message.status === "updated" ? el("span", {}, t("nandbox.edited")) : null;
  const body = el("div.bubble", {},
    el("span.hidden-text", {}, t("bubble.from", { name: own ? t("bubble.you") : who.name })),
    group && !own && first ? el("span.sender", {}, el("bdi", {}, who.name), who.is_bot ? icon("bot") : null) : null,
    quotation(message), content(message), el("span.meta", {}, edited, el("time", { datetime: at }, clockTime(at))));
  const row = el("div.row", { "aria-live": own ? "off" : null, data: { message: message.message_id, own: String(own), first: String(first) } });
  if (group && !own) row.append(first ? face(who) : el("span.avatar.gap", { "aria-hidden": "true" }));
  row.append(el("div.stack", {}, body, menu(message.menus, message.menu_ref, message.message_id, message)));
  if (message.status !== "deleted") row.append(answerButton(message));
  return row;
}

/** Rows as they were drawn last, so that what has not changed stays in place. @type {Map<string, {mark: string, node: HTMLElement}>} */
let drawn = new Map();

export function drawLog() {
  const log = byId("log");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_PX;
  const language = document.documentElement.lang;
  const kept = new Map();
  /** @type {HTMLElement[]} */
  const nodes = [];
  let [day, before] = ["", ""];
  for (const message of state.log) {
    const today = dayName(new Date(message.date).toISOString());
    const first = message.sender_id !== before || today !== day;
    if (today !== day) {
      const node = drawn.get(today)?.node ?? el("p.day", {}, el("span", {}, today));
      kept.set(today, { mark: today, node });
      nodes.push(node);
    }
    [day, before] = [today, message.sender_id];
    const quoted = state.log.some((one) => one.message_id === message.body.reply_to_message_id);
    const mark = JSON.stringify([state.me, message, first, language, quoted, state.menu[message.message_id], person(message.sender_id).name,
      document.documentElement.dataset.theme]);
    const known = drawn.get(message.message_id);
    const node = known?.mark === mark ? known.node : bubble(message, first);
    kept.set(message.message_id, { mark, node });
    nodes.push(node);
  }
  drawn = kept;
  const inner = log.querySelector(".log-inner") ?? log.appendChild(el("div.log-inner"));
  if (!nodes.length) nodes.push(el("p.empty", {}, t("nandbox.nothing")));
  keepFocus(log, () => sync(inner, nodes));
  if (atEnd) log.scrollTop = log.scrollHeight;
  byId("to-end").hidden = atEnd || log.scrollHeight - log.clientHeight < NEAR_PX;
}

/** Make these the children, moving as few as can be: what is read out stays read out. @param {Element} place @param {HTMLElement[]} nodes */
function sync(place, nodes) {
  const staying = new Set(nodes);
  for (const child of [...place.children]) if (!staying.has(/** @type {HTMLElement} */ (child))) child.remove();
  for (const [at, node] of nodes.entries()) if (place.children[at] !== node) place.insertBefore(node, place.children[at] ?? null);
}

export function startLog() {
  const log = byId("log");
  on(["log", "people"], drawLog);
  log.addEventListener("scroll", () => (byId("to-end").hidden = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_PX), { passive: true });
  log.addEventListener("load", () => byId("to-end").hidden && (log.scrollTop = log.scrollHeight), { capture: true });
  byId("to-end").addEventListener("click", () => (log.scrollTop = log.scrollHeight));
}
