// Bad weather for nandbox's wire: what can go wrong, for how long, and the way back to calm.
// @ts-check
import { byId, el, icon, openDialog } from "../dom.js";
import { has, t } from "../i18n.js";
import { attempt, refreshState } from "./actions.js";
import { calls } from "./calls.js";
import { on, state } from "./store.js";

export const KINDS = ["unauthorized", "cut", "close", "error", "silence", "delay", "no_reference", "null_reference", "no_app_id", "duplicate",
  "shuffle", "garbage", "lose_answer"];

/** @param {any} fault */
function left(fault) {
  return fault.seconds_left === null ? null : Math.max(0, Math.ceil(fault.seconds_left - (Date.now() - fault.seen) / 1000));
}

/** @param {any} fault */
function sentence(fault) {
  const kind = String(fault.kind);
  const [own, other] = [`nandbox.fault.${kind.replace("nandbox_", "")}`, `weather.kind.${kind}`];
  const seconds = left(fault);
  return [kind.startsWith("nandbox_") && has(own) ? t(own) : has(other) ? t(other) : kind, seconds === null ? "" : t("weather.left", { count: seconds })].filter(Boolean).join(" ");
}

function current() {
  return state.faults.filter((fault) => left(fault) !== 0);
}

export function drawWeather() {
  const faults = current();
  const words = faults.length ? t("weather.now", { what: sentence(faults[0]) + (faults.length > 1 ? ` +${faults.length - 1}` : "") }) : t("weather.clear");
  if (byId("weather-now").textContent !== words) byId("weather-now").textContent = words;
  byId("weather-open").title = words;
  byId("weather-open").classList.toggle("stormy", faults.length > 0);
  byId("weather-open").querySelector("[data-icon]")?.replaceChildren(icon(faults.length ? "storm" : "cloud"));
  const list = document.getElementById("weather-list");
  if (!list) return;
  const rows = faults.map((fault) => el("li", {}, icon("storm"), el("span", {}, sentence(fault))));
  list.replaceChildren(...(rows.length ? rows : [el("li.empty", {}, t("weather.none"))]));
  /** @type {HTMLButtonElement} */ (byId("weather-clear")).disabled = !faults.length;
}

/** @param {() => Promise<unknown>} act */
function then(act) {
  void attempt(async () => {
    await act();
    await refreshState();
  });
}

function openWeather() {
  const kind = /** @type {HTMLSelectElement} */ (el("select", { id: "weather-kind" },
    ...KINDS.map((one) => el("option", { value: `nandbox_${one}` }, t(`nandbox.fault.${one}`)))));
  const seconds = /** @type {HTMLInputElement} */ (el("input", { id: "weather-seconds", type: "number", min: "1", max: "3600", value: "30", inputmode: "numeric" }));
  const add = () => then(() => calls.addFault({ kind: kind.value, seconds: Number(seconds.value) || 30 }));
  openDialog(t("weather.title"), { closeLabel: t("close") },
    el("p.facts", {}, t("nandbox.weatherNote")),
    el("ul.weather-list", { id: "weather-list", "aria-live": "polite" }),
    el("div.weather-form", {}, el("label", {}, t("weather.what"), kind), el("label", {}, t("weather.seconds"), seconds)),
    el("div.dialog-actions", {},
      el("button.primary", { id: "weather-add", on: { click: add } }, t("weather.add")),
      el("button.plain-button", { id: "weather-drop", on: { click: () => then(calls.drop) } }, t("nandbox.drop")),
      el("button.plain-button", { id: "weather-clear", on: { click: () => then(calls.clearFaults) } }, t("weather.clearAll"))));
  drawWeather();
}

export function startWeather() {
  byId("weather-open").addEventListener("click", openWeather);
  on(["faults"], drawWeather);
  setInterval(() => state.faults.length && drawWeather(), 1000);
}
