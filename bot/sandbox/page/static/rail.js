// The people of the sandbox: a rail on wide screens, a dialog on narrow ones. A press and you are that person.
// @ts-check
import { become } from "./actions.js";
import { openCreate } from "./create.js";
import { byId, el, icon, openDialog, refill } from "./dom.js";
import { choosePerson } from "./everybody.js";
import { plural, t } from "./i18n.js";
import { avatar } from "./people.js";
import { on, person, state } from "./store.js";
import { toast } from "./toast.js";
import { openWallet } from "./wallet.js";

/** @type {() => void} */
let settings = () => undefined;

/** @param {string} id */
export function switchTo(id) {
  become(id).catch(() => toast(t("line.unreachable")));
}

/** @param {import("./store.js").Person} one @param {number} at @param {boolean} named */
function button(one, at, named) {
  const current = one.user_id === state.me;
  const label = t("rail.become", { name: one.full_name, number: one.identity_number }) + (one.admin ? ` ${t("rail.admin")}` : "");
  return el(named ? "button.person-row" : "button.person", {
    "aria-label": label, title: at < 9 ? `${label} (Alt+${at + 1})` : label, "aria-current": current ? "true" : null,
    data: { person: one.user_id }, on: { click: () => switchTo(one.user_id) },
  }, avatar(one), named ? el("span.tile-text", {}, el("strong", {}, el("bdi", {}, one.full_name)), el("span.facts", {}, one.identity_number)) : null,
  one.admin ? el("span.flag", { "aria-hidden": "true" }, icon("flag")) : null,
  named && current ? icon("check") : null);
}

/** The first people, and the current one where that is somebody else. */
function shown() {
  return state.people.some((one) => one.user_id === state.me) || !state.me ? state.people : [person(state.me), ...state.people];
}

function openEverybody() {
  choosePerson(t("rail.all"), (one) => switchTo(one.user_id), (one) => one.user_id === state.me);
}

/** What stands below the people. @returns {{name: string, key: string, words: string, act: () => void}[]} */
function ways() {
  const all = { name: "crowd", key: "everybody", words: plural("rail.everybody", state.peopleCount), act: openEverybody };
  return [
    ...(state.peopleCount > state.people.length ? [all] : []),
    { name: "plus", key: "create", words: t("create.title"), act: openCreate },
    { name: "wallet", key: "wallet", words: t("rail.wallet"), act: () => void openWallet() },
    { name: "settings", key: "settings", words: t("settings.title"), act: settings },
  ];
}

export function drawRail() {
  const rail = byId("rail");
  const focused = document.activeElement?.closest(".rail [data-person], .rail [data-way]");
  const [who, way] = [focused?.getAttribute("data-person"), focused?.getAttribute("data-way")];
  const people = rail.querySelector(".rail-people") ?? el("div.rail-people");
  refill(people, ...shown().map((one, at) => button(one, state.people[0] === shown()[0] ? at : at - 1, false)));
  const below = ways().map(({ name, key, words, act }) =>
    el("button.rail-way", { "aria-label": words, title: words, data: { way: key }, "aria-haspopup": "dialog", on: { click: act } }, icon(name)));
  const upper = below.splice(0, below.length - 2);
  refill(rail, people, ...upper, el("span.spring"), ...below);
  if (who) /** @type {HTMLElement | null} */ (rail.querySelector(`[data-person="${CSS.escape(who)}"]`))?.focus();
  if (way) /** @type {HTMLElement | null} */ (rail.querySelector(`[data-way="${CSS.escape(way)}"]`))?.focus();
  const me = person(state.me);
  byId("who-open").replaceChildren(avatar(me), el("bdi", {}, me.full_name), icon("chevron"));
  byId("who-open").setAttribute("aria-label", t("rail.now", { name: me.full_name }));
  byId("you").replaceChildren(t("rail.now", { name: me.full_name }), el("span.facts", {}, ` ${me.identity_number}`));
}

/** The rail of narrow screens. */
function openWho() {
  const rows = shown().map((one) => button(one, 9, true));
  const other = ways().map(({ name, words, act }) => el("button.choice", { on: { click: () => { dialog.close(); act(); } } }, icon(name), words));
  const dialog = openDialog(t("rail.label"), { closeLabel: t("close") }, el("div.person-rows", {}, ...rows), el("div.choices", {}, ...other));
  for (const row of rows) row.addEventListener("click", () => dialog.close());
}

/** @param {() => void} openSettings */
export function startRail(openSettings) {
  settings = openSettings;
  on("people", drawRail);
  byId("who-open").addEventListener("click", openWho);
  document.addEventListener("keydown", (event) => {
    const digit = /^Digit([1-9])$/.exec(event.code);
    if (!digit || !event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    const one = state.people[Number(digit[1]) - 1];
    if (!one || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    switchTo(one.user_id);
  });
}
