// Bad weather on purpose: faults that the sandbox makes for the bot, how long each lasts, and the way back to calm.
// @ts-check
import { refreshState, words } from "./actions.js";
import { api } from "./api.js";
import { byId, el, icon, openDialog } from "./dom.js";
import { has, t } from "./i18n.js";
import { on, state } from "./store.js";
import { toast } from "./toast.js";

// The kinds that can be added here, in the control API's words, and whether they look at the path of a call.
export const KINDS = [
  { kind: "rate_limited", path: true }, { kind: "internal", path: true }, { kind: "blaze_error", path: true }, { kind: "error", path: true },
  { kind: "html", path: true }, { kind: "unauthorized", path: true }, { kind: "delay", path: true }, { kind: "lose_answer", path: true },
  { kind: "truncated", path: true }, { kind: "wrong_request_id", path: true }, { kind: "duplicate" }, { kind: "reorder" },
  { kind: "half_open" }, { kind: "drop_blaze" }, { kind: "clock_skew" },
];

/** @param {any} fault @returns {number | null} whole seconds, or null where it lasts until cleared */
export function secondsLeft(fault) {
  const left = fault.seconds_left;
  if (left === undefined || left === null) return null;
  return Math.max(0, Math.ceil(left - (Date.now() - fault.seen) / 1000));
}

/** @param {any} fault */
export function faultName(fault) {
  const key = `weather.kind.${fault.kind}`;
  return has(key) ? t(key) : String(fault.kind);
}

/** @param {any} fault */
function sentence(fault) {
  const left = secondsLeft(fault);
  const where = fault.path && fault.path !== "*" ? t("weather.on", { path: fault.path }) : "";
  const count = fault.count ? t("weather.times", { count: fault.count }) : "";
  return [faultName(fault), where, left === null ? "" : t("weather.left", { count: left }), count].filter(Boolean).join(" ");
}

/** Faults whose time is not up. */
function current() {
  return state.faults.filter((fault) => secondsLeft(fault) !== 0);
}

export function drawWeather() {
  const faults = current();
  const words_ = !faults.length ? t("weather.clear") : t("weather.now", { what: sentence(faults[0]) + (faults.length > 1 ? ` +${faults.length - 1}` : "") });
  const place = byId("weather-now");
  if (place.textContent !== words_) place.textContent = words_;
  byId("weather-open").title = words_;
  byId("weather-open").classList.toggle("stormy", faults.length > 0);
  byId("weather-open").querySelector("[data-icon]")?.replaceChildren(icon(faults.length ? "storm" : "cloud"));
  const list = document.getElementById("weather-list");
  if (!list) return;
  const rows = faults.map((fault) => el("li", { title: fault.description }, icon("storm"), el("span", {}, sentence(fault))));
  list.replaceChildren(...(rows.length ? rows : [el("li.empty", {}, t("weather.none"))]));
  const clear = /** @type {HTMLButtonElement | null} */ (document.getElementById("weather-clear"));
  if (clear) clear.disabled = !faults.length;
}

/** @param {() => Promise<unknown>} act */
async function attempt(act) {
  try {
    await act();
    await refreshState();
  } catch (error) {
    toast(words(error));
  }
}

function openWeather() {
  const kind = /** @type {HTMLSelectElement} */ (el("select", { id: "weather-kind" }, ...KINDS.map((one) => el("option", { value: one.kind }, faultName(one)))));
  const seconds = /** @type {HTMLInputElement} */ (el("input", { id: "weather-seconds", type: "number", min: "1", max: "3600", value: "30", inputmode: "numeric" }));
  const path = /** @type {HTMLInputElement} */ (el("input", { id: "weather-path", type: "text", value: "/messages", spellcheck: "false", autocomplete: "off" }));
  const pathRow = el("label", {}, t("weather.path"), path);
  const change = () => (pathRow.hidden = !KINDS.find((one) => one.kind === kind.value)?.path);
  kind.addEventListener("change", change);
  const add = () => {
    const chosen = KINDS.find((one) => one.kind === kind.value) ?? KINDS[0];
    void attempt(() => api.addFault({ kind: chosen.kind, seconds: Number(seconds.value) || 30,
      ...(chosen.path && path.value.trim() ? { path: path.value.trim() } : {}) }));
  };
  openDialog(t("weather.title"), { closeLabel: t("close") },
    el("p.facts", {}, t("weather.note")),
    el("ul.weather-list", { id: "weather-list", "aria-live": "polite" }),
    el("div.weather-form", {}, el("label", {}, t("weather.what"), kind), el("label", {}, t("weather.seconds"), seconds), pathRow),
    el("div.dialog-actions", {},
      el("button.primary", { id: "weather-add", on: { click: add } }, t("weather.add")),
      el("button.plain-button", { id: "weather-drop", on: { click: () => void attempt(api.drop) } }, t("weather.drop")),
      el("button.plain-button", { id: "weather-clear", on: { click: () => void attempt(api.clearFaults) } }, t("weather.clearAll"))));
  change();
  drawWeather();
}

export function startWeather() {
  byId("weather-open").addEventListener("click", openWeather);
  on("faults", drawWeather);
  setInterval(() => state.faults.length && drawWeather(), 1000);
}
