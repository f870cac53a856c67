// One entry of the inspector: a line, and below it what it carried, as it was or laid out, to copy or to do again.
// @ts-check
import { words } from "./actions.js";
import { api } from "./api.js";
import { el, icon } from "./dom.js";
import { factsOf, isRepeatable, pretty, rawText } from "./frames.js";
import { t } from "./i18n.js";
import { toast } from "./toast.js";

/** @param {any} entry @param {{open: boolean, pretty: boolean, flip: () => void, setPretty: (on: boolean) => void}} how */
export function frameRow(entry, how) {
  const facts = factsOf(entry);
  const head = el("button.frame-head", { title: [facts.what, facts.size].filter(Boolean).join(" · "), "aria-expanded": String(how.open), on: { click: how.flip } },
    el("time", {}, facts.time), way(entry, facts.inward),
    el("span.what", {}, facts.what), facts.status ? el(`span.status.${facts.error ? "bad" : "fine"}`, {}, facts.status) : null, el("span.facts", {}, facts.extra));
  const item = el(facts.error ? "li.frame-row.bad" : "li.frame-row", { data: { seq: entry.seq, kind: entry.kind } }, head);
  if (how.open) item.append(...inside(entry, how));
  return item;
}

/** @param {any} entry @param {boolean} inward */
function way(entry, inward) {
  if (entry.kind === "crash" || entry.kind === "note") return el("span.way", { title: t(`inspector.${entry.kind}`) }, icon("warn"));
  return el(`span.way.${inward ? "in" : "out"}`, { title: t(inward ? "inspector.fromBot" : "inspector.toBot") }, inward ? "◂" : "▸");
}

/** @param {any} entry @param {{pretty: boolean, setPretty: (on: boolean) => void}} how */
function inside(entry, how) {
  const text = how.pretty ? pretty(entry) : rawText(entry);
  /** @param {boolean} on */
  const form = (on) => el("button.chip", { "aria-pressed": String(how.pretty === on), on: { click: () => how.setPretty(on) } }, t(on ? "inspector.pretty" : "inspector.raw"));
  return [
    el("pre", { tabindex: "0", "aria-label": t("inspector.content") }, text),
    entry.cut ? el("p.facts", {}, t("inspector.cut")) : "",
    el("div.frame-ways", {}, form(false), form(true),
      el("button.text-button", { on: { click: () => void copy(text) } }, icon("copy"), t("inspector.copy")),
      isRepeatable(entry) ? el("button.text-button", { on: { click: () => void copyCurl(entry.seq) } }, icon("copy"), t("inspector.curl")) : ""),
  ];
}

/** @param {string} text */
async function copy(text) {
  await navigator.clipboard.writeText(text).catch(() => undefined);
  toast(t("inspector.copied"));
}

/** @param {number} seq */
async function copyCurl(seq) {
  try {
    const found = await api.curl(seq);
    await navigator.clipboard.writeText(found.curl);
    toast(t("inspector.curlCopied"));
  } catch (error) {
    toast(words(error));
  }
}
