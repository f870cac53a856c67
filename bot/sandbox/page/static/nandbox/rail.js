// The people of nandbox: a rail on wide screens, a dialog on narrow ones.
// @ts-check
import { byId, el, icon, openDialog, refill } from "../dom.js";
import { t } from "../i18n.js";
import { attempt, become } from "./actions.js";
import { openBot, openNewPerson } from "./dialogs.js";
import { face } from "./faces.js";
import { on, person, state } from "./store.js";

/** @param {import("./store.js").Person} one @param {number} at @param {boolean} named */
function button(one, at, named) {
  const label = t("nandbox.become", { name: one.name });
  return el(named ? "button.person-row" : "button.person", {
    "aria-label": label, title: at < 9 ? `${label} (Alt+${at + 1})` : label, "aria-current": one.id === state.me ? "true" : null,
    data: { person: one.id }, on: { click: () => void attempt(() => become(one.id)) },
  }, face(one), named ? el("span.tile-text", {}, el("strong", {}, el("bdi", {}, one.name)), el("span.facts", {}, one.id)) : null);
}

function ways() {
  return [
    { name: "plus", words: t("nandbox.newPerson"), act: openNewPerson },
    { name: "settings", words: t("nandbox.bot"), act: openBot },
  ];
}

export function drawRail() {
  const focused = document.activeElement?.closest(".rail [data-person]")?.getAttribute("data-person");
  const below = ways().map(({ name, words, act }) => el("button.rail-way", { "aria-label": words, title: words, "aria-haspopup": "dialog", on: { click: act } }, icon(name)));
  const people = byId("rail").querySelector(".rail-people") ?? el("div.rail-people");
  refill(people, ...state.people.map((one, at) => button(one, at, false)));
  refill(byId("rail"), people, el("span.spring"), ...below);
  if (focused) /** @type {HTMLElement | null} */ (byId("rail").querySelector(`[data-person="${CSS.escape(focused)}"]`))?.focus();
  const me = person(state.me);
  byId("who-open").replaceChildren(face(me), el("bdi", {}, me.name), icon("down"));
  byId("who-open").setAttribute("aria-label", t("rail.now", { name: me.name }));
  byId("you").replaceChildren(t("rail.now", { name: me.name }), el("span.facts", {}, ` ${me.id}`));
}

function openWho() {
  const rows = state.people.map((one) => button(one, 9, true));
  const other = ways().map(({ name, words, act }) => el("button.choice", { on: { click: () => { dialog.close(); act(); } } }, icon(name), words));
  const dialog = openDialog(t("rail.label"), { closeLabel: t("close") }, el("div.person-rows", {}, ...rows), el("div.choices", {}, ...other));
  for (const row of rows) row.addEventListener("click", () => dialog.close());
}

export function startRail() {
  on(["people"], drawRail);
  byId("who-open").addEventListener("click", openWho);
  document.addEventListener("keydown", (event) => {
    const digit = /^Digit([1-9])$/.exec(event.code);
    const one = digit && event.altKey ? state.people[Number(digit[1]) - 1] : undefined;
    if (!one || event.ctrlKey || event.metaKey || event.isComposing || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    void attempt(() => become(one.id));
  });
}
