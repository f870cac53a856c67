// What goes over the wire, newest last: Blaze frames and HTTP calls, the last 200 of them, as they are or laid out.
// @ts-check
import { byId, el, icon } from "./dom.js";
import { t } from "./i18n.js";
import { factsOf, matches, pretty, rawText } from "./frames.js";
import { on, state } from "./store.js";
import { toast } from "./toast.js";
import { toggleInspector } from "./views.js";

const filter = { kind: "all", errors: false, pretty: true, message: "" };
/** @type {Set<number>} */
const opened = new Set();
let waiting = 0;

/** @param {any} frame */
function row(frame) {
  const facts = factsOf(frame);
  const open = opened.has(frame.seq);
  const head = el("button.frame-head", { title: [facts.what, facts.size].filter(Boolean).join(" · "), "aria-expanded": String(open), on: { click: () => flip(frame.seq) } },
    el("time", {}, facts.time), el(`span.way.${facts.inward ? "in" : "out"}`, { title: t(facts.inward ? "inspector.fromBot" : "inspector.toBot") }, facts.inward ? "◂" : "▸"),
    el("span.what", {}, facts.what), facts.status ? el(`span.status.${facts.error ? "bad" : "fine"}`, {}, facts.status) : null, el("span.facts", {}, facts.extra));
  const item = el(facts.error ? "li.frame-row.bad" : "li.frame-row", { data: { seq: frame.seq } }, head);
  if (open) {
    const text = filter.pretty ? pretty(frame) : rawText(frame);
    item.append(el("pre", { tabindex: "0" }, text),
      el("button.text-button", { on: { click: () => void copy(text) } }, icon("copy"), t("inspector.copy")));
  }
  return item;
}

/** @param {string} text */
async function copy(text) {
  await navigator.clipboard.writeText(text).catch(() => undefined);
  toast(t("inspector.copied"));
}

/** @param {number} seq */
function flip(seq) {
  if (!opened.delete(seq)) opened.add(seq);
  draw();
  /** @type {HTMLElement | null} */ (byId("inspector").querySelector(`[data-seq="${seq}"] .frame-head`))?.focus();
}

/** Everything about one message, from its bubble. @param {string} messageId */
export function showFramesOf(messageId) {
  filter.message = messageId;
  filter.kind = "all";
  filter.errors = false;
  toggleInspector(true);
  for (const frame of state.frames) if (matches(frame, filter)) opened.add(frame.seq);
  drawInspector();
}

function draw() {
  const place = byId("frame-rows");
  const near = place.scrollHeight - place.scrollTop - place.clientHeight < 60;
  const rows = state.frames.filter((frame) => matches(frame, filter)).map(row);
  const none = state.frames.length ? t("inspector.noMatch") : t("inspector.empty");
  place.replaceChildren(...(rows.length ? rows : [el("li.empty", {}, none)]));
  if (near) place.scrollTop = place.scrollHeight;
}

/** @param {string} kind */
function kindButton(kind) {
  return el("button.chip", { "aria-pressed": String(filter.kind === kind), on: { click: () => { filter.kind = kind; drawInspector(); } } }, t(`inspector.${kind}`));
}

/** @param {string} words @param {boolean} on_ @param {(value: boolean) => void} set */
function check(words, on_, set) {
  const box = /** @type {HTMLInputElement} */ (el("input", { type: "checkbox" }));
  box.checked = on_;
  box.addEventListener("change", () => {
    set(box.checked);
    draw();
  });
  return el("label.check", {}, box, words);
}

/** The whole panel, after a change of language or filter. */
export function drawInspector() {
  byId("inspector").replaceChildren(
    el("div.inspector-head", {}, el("h2", {}, t("inspector.label")),
      el("button.icon-button", { "aria-label": t("inspector.close"), on: { click: () => toggleInspector(false) } }, icon("close"))),
    el("div.inspector-tools", { role: "group", "aria-label": t("inspector.filter") },
      ...["all", "frames", "http"].map(kindButton),
      check(t("inspector.errors"), filter.errors, (value) => (filter.errors = value)),
      check(t("inspector.pretty"), filter.pretty, (value) => (filter.pretty = value)),
      filter.message ? el("button.chip.on", { on: { click: () => { filter.message = ""; drawInspector(); } } }, t("inspector.oneMessage"), icon("close")) : ""),
    el("ol.frame-rows", { id: "frame-rows", tabindex: "0", "aria-label": t("inspector.rows") }));
  draw();
}

export function startInspector() {
  drawInspector();
  on("frames", () => {
    if (waiting) return;
    waiting = requestAnimationFrame(() => {
      waiting = 0;
      draw();
    });
  });
}
