// How the bot stands with the current person, as far as the sandbox can see and as far as its log was handed over.
// @ts-check
import { words } from "./actions.js";
import { api } from "./api.js";
import { el, refill } from "./dom.js";
import { openForget } from "./forget.js";
import { factsOf } from "./frames.js";
import { clockTime, t } from "./i18n.js";
import { on, person, state } from "./store.js";
import { toast } from "./toast.js";
import { turns } from "./turns.js";

const AGAIN_MS = 250;
const answers = turns();
let timer = 0;

export function startBotState() {
  on(["frames", "people", "blaze"], soon);
}

/** Once for a burst of news, and only while it is looked at. */
function soon() {
  if (!document.getElementById("bot-state") || timer) return;
  timer = window.setTimeout(() => {
    timer = 0;
    void drawBotState();
  }, AGAIN_MS);
}

export async function drawBotState() {
  const [place, me] = [document.getElementById("bot-state"), state.me];
  if (!place || !me) return;
  const isNewest = answers.ask();
  try {
    const [facts, grants] = await Promise.all([api.botState(me), api.authorizations(me)]);
    if (isNewest() && me === state.me) show(place, facts, grants);
  } catch (error) {
    if (isNewest()) place.replaceChildren(el("p.empty", {}, words(error)));
  }
}

/** @param {HTMLElement} place @param {any} facts @param {any[]} grants */
function show(place, facts, grants) {
  const { log, said, answer, receipts } = facts;
  const lines = [
    row("line", facts.connected ? t("botState.connected", { time: facts.since ? clockTime(facts.since) : "?" }) : t("botState.away"), !facts.connected),
    row("role", [facts.admin ? t("botState.admin") : t("botState.user"), facts.relation === "BLOCKING" ? t("botState.blocked") : ""].filter(Boolean).join(" · "), facts.relation === "BLOCKING"),
    row("scopes", facts.scopes.length ? facts.scopes.join(", ") : t("botState.nothing")),
    row("waiting", String(facts.waiting), facts.waiting > 0),
    row("said", said ? `${what(said)} · ${t(facts.acknowledged ? "botState.acknowledged" : "botState.unacknowledged")}` : t("botState.nothing")),
    row("answer", answer ? `${what(answer)}${facts.answered_after_ms === null ? "" : ` · ${Math.round(facts.answered_after_ms)} ms`}` : t("botState.nothing")),
    row("receipts", `✓ ${receipts.SENT} · ✓✓ ${receipts.DELIVERED} · ${t("botState.read")} ${receipts.READ}`),
    log.command ? row("command", `/${log.command} · ${log.elapsed_ms} ms`) : null,
    row("errors", log.errors ? `${log.errors} · ${log.error}` : "0", log.errors > 0),
  ];
  const last = facts.last.map((/** @type {any} */ one) => el("li", {}, `${factsOf(one).time}  ${one.direction === "in" ? "◂" : "▸"} ${one.what} ${one.status ?? ""}`.trim()));
  refill(place,
    el("h3", {}, t("botState.title", { name: person(facts.user_id).full_name })),
    el("dl.facts-list", {}, ...lines.flatMap((line) => line ?? [])),
    el("h3", {}, t("botState.last")),
    el("ul.last-frames", {}, ...(last.length ? last : [el("li", {}, t("botState.nothing"))])),
    ...grants.filter((one) => !one.expired).map((one) =>
      el("button.plain-button", { data: { grant: one.authorization_id }, on: { click: () => void expire(one.authorization_id) } }, t("botState.expire", { scopes: one.scopes.join(", ") }))),
    el("button.plain-button", { "aria-haspopup": "dialog", data: { person: facts.user_id, connected: String(facts.connected) }, on: { click: () => openForget(facts.user_id, facts.connected) } }, t("botState.forget")));
}

/** @param {string} name @param {string} value @param {boolean} [bad] */
function row(name, value, bad = false) {
  return [el("dt", {}, t(`botState.${name}`)), el(bad ? "dd.bad" : "dd", { dir: "auto" }, value)];
}

/** @param {any} message */
function what(message) {
  const text = typeof message.data === "string" ? message.data.slice(0, 60) : "";
  return text ? `“${text}”` : message.category;
}

/** @param {string} id */
async function expire(id) {
  try {
    await api.expireAuthorization(id);
    await drawBotState();
  } catch (error) {
    toast(words(error));
  }
}
