// What goes over the wire, newest last: Blaze frames and HTTP calls, the last 200 of them; and how the bot stands.
// @ts-check
import { startBotState, drawBotState } from "./bot_state.js";
import { byId, el, icon } from "./dom.js";
import { frameRow } from "./frame_row.js";
import { matches } from "./frames.js";
import { t } from "./i18n.js";
import { on, state } from "./store.js";
import { toggleInspector } from "./views.js";

/** @typedef {import("./frames.js").Tab} Tab */
/** @type {Tab[]} */
const TABS = ["all", "frames", "http", "state"];
/** @type {import("./frames.js").Filter} */
const filter = { tab: "all", errors: false, text: "", message: "" };
/** @type {Set<number>} */
const open = new Set();
/** @type {Set<number>} those laid out */
const laidOut = new Set();
/** @type {Map<number, {row: HTMLElement, look: string}>} */
const rows = new Map();
let live = true;
/** @type {any[]} what is shown while it is not live */
let held = [];
let waiting = 0;
let drawnAt = 0;
const PAUSE_MS = 200;

/** @param {any} entry the row as it was, unless it has to look otherwise now */
function rowOf(entry) {
  const how = { open: open.has(entry.seq), pretty: laidOut.has(entry.seq) };
  const look = `${how.open} ${how.pretty} ${document.documentElement.lang}`;
  const known = rows.get(entry.seq);
  if (known?.look === look) return known.row;
  const row = frameRow(entry, { ...how, flip: () => change(open, entry.seq), setPretty: (on_) => set(laidOut, entry.seq, on_) });
  const focused = known?.row.contains(document.activeElement) ? [...known.row.querySelectorAll("button")].indexOf(/** @type {any} */ (document.activeElement)) : -1;
  known?.row.replaceWith(row);
  if (focused >= 0) row.querySelectorAll("button")[focused]?.focus();
  rows.set(entry.seq, { row, look });
  return row;
}

/** @param {Set<number>} those @param {number} seq */
function change(those, seq) {
  set(those, seq, !those.has(seq));
}

/** @param {Set<number>} those @param {number} seq @param {boolean} wanted */
function set(those, seq, wanted) {
  if (wanted) those.add(seq);
  else those.delete(seq);
  draw();
}

/** Everything about one message, from its bubble. @param {string} messageId */
export function showFramesOf(messageId) {
  Object.assign(filter, { tab: "all", errors: false, text: "", message: messageId });
  toggleInspector(true);
  for (const entry of state.frames) if (matches(entry, filter)) open.add(entry.seq);
  drawInspector();
}

/** Rows come and go at the ends; those that stay are not touched, so that whoever is in one stays there. */
function draw() {
  const place = document.getElementById("frame-rows");
  if (!place) return;
  const entries = live ? state.frames : held;
  const kept = new Set(entries.map((one) => one.seq));
  for (const seq of [...rows.keys()]) if (!kept.has(seq)) forget(seq);
  const near = place.scrollHeight - place.scrollTop - place.clientHeight < 60;
  const shown = entries.filter((entry) => matches(entry, filter)).map(rowOf);
  const wanted = shown.length ? shown : [el("li.empty", {}, t(entries.length ? "inspector.noMatch" : "inspector.empty"))];
  const staying = new Set(wanted);
  for (const child of [...place.children]) if (!staying.has(/** @type {HTMLElement} */ (child))) child.remove();
  wanted.forEach((row, index) => {
    if (place.children[index] !== row) place.insertBefore(row, place.children[index] ?? null);
  });
  if (near && live) place.scrollTop = place.scrollHeight;
}

/** @param {number} seq */
function forget(seq) {
  rows.delete(seq);
  open.delete(seq);
  laidOut.delete(seq);
}

/** @param {Tab} tab */
function choose(tab) {
  filter.tab = tab;
  drawInspector();
  byId(`tab-${tab}`).focus();
}

/** @param {Tab} tab */
function tabButton(tab) {
  const chosen = filter.tab === tab;
  return el("button.tab", { id: `tab-${tab}`, role: "tab", "aria-selected": String(chosen), "aria-controls": "inspector-panel", tabindex: chosen ? "0" : "-1",
    on: { click: () => choose(tab), keydown: (/** @type {KeyboardEvent} */ event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) choose(TABS[(TABS.indexOf(tab) + step + TABS.length) % TABS.length]);
    } } }, t(`inspector.${tab}`));
}

function tools() {
  const search = /** @type {HTMLInputElement} */ (el("input", { type: "search", "aria-label": t("inspector.filter"), placeholder: t("inspector.filter"), autocomplete: "off", spellcheck: "false" }));
  search.value = filter.text;
  search.addEventListener("input", () => { filter.text = search.value.trim(); draw(); });
  const errors = /** @type {HTMLInputElement} */ (el("input", { type: "checkbox" }));
  errors.checked = filter.errors;
  errors.addEventListener("change", () => { filter.errors = errors.checked; draw(); });
  return el("div.inspector-tools", {}, search, el("label.check", {}, errors, t("inspector.errors")),
    filter.message ? el("button.chip.on", { on: { click: () => { filter.message = ""; drawInspector(); } } }, t("inspector.oneMessage"), icon("close")) : "");
}

function liveButton() {
  return el("button.chip.live", { "aria-pressed": String(live), title: t("inspector.liveNote"), on: { click: () => {
    live = !live;
    held = live ? [] : [...state.frames];
    drawInspector();
    document.querySelector(/** @type {"button"} */ ("#inspector .live"))?.focus();
  } } }, t("inspector.live"));
}

/** The whole panel, after a change of language, tab or filter. */
export function drawInspector() {
  const panel = el("div.inspector-panel", { id: "inspector-panel", role: "tabpanel", "aria-labelledby": `tab-${filter.tab}` });
  if (filter.tab === "state") panel.append(el("div.bot-state", { id: "bot-state", tabindex: "0", "aria-label": t("inspector.state") }));
  else panel.append(tools(), el("ol.frame-rows", { id: "frame-rows", tabindex: "0", "aria-label": t("inspector.rows") }));
  byId("inspector").replaceChildren(
    el("div.inspector-head", {}, el("h2", {}, t("inspector.label")), liveButton(),
      el("button.icon-button", { "aria-label": t("inspector.close"), on: { click: () => toggleInspector(false) } }, icon("close"))),
    el("div.tabs", { role: "tablist", "aria-label": t("inspector.label") }, ...TABS.map(tabButton)),
    panel);
  draw();
  void drawBotState();
}

export function startInspector() {
  drawInspector();
  startBotState();
  on("frames", () => {
    if (waiting || !live) return;
    waiting = window.setTimeout(() => requestAnimationFrame(() => {
      waiting = 0;
      drawnAt = performance.now();
      draw();
    }), drawnAt + PAUSE_MS - performance.now());
  });
}
