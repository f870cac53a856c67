// Bad weather on purpose: faults that the sandbox makes for the bot, how long each lasts, and the way back to calm.
// @ts-check
import { refreshState, words } from "./actions.js";
import { api } from "./api.js";
import { byId, el, icon, openDialog } from "./dom.js";
import { field, fields, select } from "./forms.js";
import { has, t } from "./i18n.js";
import { on, state } from "./store.js";
import { toast } from "./toast.js";
import { KINDS, kindOf } from "./weather_kinds.js";

/** @param {any} fault @returns {number | null} whole seconds, or null where it lasts until cleared */
export function secondsLeft(fault) {
  const left = fault.seconds_left;
  if (left === undefined || left === null) return null;
  return Math.max(0, Math.ceil(left - (Date.now() - fault.seen) / 1000));
}

/** @param {string} kind */
function faultName(kind) {
  const [mixin, nandbox] = [`weather.kind.${kind}`, `nandbox.fault.${kind.replace("nandbox_", "")}`];
  return has(mixin) ? t(mixin) : has(nandbox) ? `nandbox: ${t(nandbox)}` : kind;
}

/** In the ribbon what matters most; in the list all of it. @param {any} fault @param {boolean} whole */
function sentence(fault, whole) {
  const { means } = kindOf(fault.kind);
  const left = secondsLeft(fault);
  const where = fault.path && fault.path !== "*" ? ` ${t("weather.on", { path: fault.path })}` : "";
  return [
    faultName(fault.kind) + where,
    whole && means ? t(`weather.value.${means}`, { value: fault.value }) : "",
    fault.probability < 1 ? t("weather.chance", { percent: Math.round(fault.probability * 100) }) : "",
    left === null ? "" : t("weather.left", { count: left }),
    fault.count ? t("weather.times", { count: fault.count }) : "",
  ].filter(Boolean).join(t("weather.comma"));
}

/** Faults whose time is not up. */
function current() {
  return state.faults.filter((fault) => secondsLeft(fault) !== 0);
}

export function drawWeather() {
  const faults = current();
  const now = !faults.length ? t("weather.clear") : t("weather.now", { what: sentence(faults[0], false) + (faults.length > 1 ? ` +${faults.length - 1}` : "") });
  const place = byId("weather-now");
  if (place.textContent !== now) place.textContent = now;
  byId("weather-open").title = faults.map((fault) => sentence(fault, true)).join("\n") || now;
  byId("weather-open").classList.toggle("stormy", faults.length > 0);
  byId("weather-open").querySelector("[data-icon]")?.replaceChildren(icon(faults.length ? "storm" : "cloud"));
  drawList(faults);
}

/** The faults in the open dialog, each with the button that ends it; a row that stays keeps the focus. @param {any[]} faults */
function drawList(faults) {
  const list = document.getElementById("weather-list");
  if (!list) return;
  const known = new Map([...list.querySelectorAll("li[data-id]")].map((row) => [/** @type {HTMLElement} */ (row).dataset.id, row]));
  const rows = faults.map((fault) => {
    const row = known.get(fault.id) ?? faultRow(fault);
    const place = row.querySelector(".fault");
    if (place && place.textContent !== sentence(fault, true)) place.textContent = sentence(fault, true);
    return row;
  });
  const wanted = rows.length ? rows : [el("li.empty", {}, t("weather.none"))];
  for (const child of [...list.children]) if (!wanted.includes(child)) child.remove();
  wanted.forEach((row, index) => list.children[index] !== row && list.insertBefore(row, list.children[index] ?? null));
  const clear = /** @type {HTMLButtonElement | null} */ (document.getElementById("weather-clear"));
  if (clear) clear.disabled = !faults.length;
}

/** @param {any} fault */
function faultRow(fault) {
  return el("li", { title: fault.description, data: { id: fault.id } }, icon("storm"), el("span.fault", {}, ""),
    el("button.icon-button", { "aria-label": t("weather.clearOne", { what: faultName(fault.kind) }), on: { click: () => void attempt(() => api.clearFault(fault.id)) } }, icon("close")));
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
  const kind = select(t("weather.what"), KINDS.map((one) => [one.kind, faultName(one.kind)]), KINDS[0].kind);
  kind.input.id = "weather-kind";
  const path = field(t("weather.path"), { id: "weather-path", value: "/messages" });
  const value = field("", { id: "weather-value", type: "number", step: "any" });
  const seconds = field(t("weather.seconds"), { id: "weather-seconds", type: "number", min: "0.1", max: "86400", step: "any", value: "30", placeholder: t("weather.untilCleared") });
  const chance = field(t("weather.percent"), { id: "weather-chance", type: "number", min: "1", max: "100", step: "any", value: "100" });
  const count = field(t("weather.count"), { id: "weather-count", type: "number", min: "1", step: "1", placeholder: t("weather.always") });
  const change = () => {
    const chosen = kindOf(kind.input.value);
    path.label.hidden = !chosen.path;
    value.label.hidden = !chosen.means;
    if (!chosen.means) return;
    const words_ = value.label.querySelector("span");
    if (words_) words_.textContent = t(`weather.ask.${chosen.means}`);
    value.input.value = String(chosen.value ?? 0);
  };
  kind.input.addEventListener("change", change);
  const form = fields(t("weather.add"), async () => {
    const chosen = kindOf(kind.input.value);
    await api.addFault({ kind: chosen.kind, probability: Number(chance.input.value || 100) / 100,
      ...(seconds.input.value ? { seconds: Number(seconds.input.value) } : {}), ...(count.input.value ? { count: Number(count.input.value) } : {}),
      ...(chosen.path && path.input.value.trim() ? { path: path.input.value.trim() } : {}), ...(chosen.means && value.input.value ? { value: Number(value.input.value) } : {}) });
    await refreshState();
  }, words, kind.label, el("div.weather-form", {}, value.label, path.label, seconds.label, chance.label, count.label));
  openDialog(t("weather.title"), { closeLabel: t("close") },
    el("p.facts", {}, t("weather.note")),
    el("ul.weather-list", { id: "weather-list" }),
    el("div.dialog-actions", {},
      el("button.plain-button", { id: "weather-clear", on: { click: () => void attempt(api.clearFaults) } }, t("weather.clearAll")),
      el("button.plain-button", { id: "weather-drop", on: { click: () => void attempt(api.drop) } }, t("weather.drop"))),
    form);
  change();
  drawWeather();
}

export function startWeather() {
  byId("weather-open").addEventListener("click", openWeather);
  on("faults", drawWeather);
  setInterval(() => state.faults.length && drawWeather(), 1000);
}
