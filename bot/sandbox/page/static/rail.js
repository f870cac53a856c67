// The people of the sandbox: a rail on wide screens, a dialog on narrow ones. A press and you are that person.
// @ts-check
import { become } from "./actions.js";
import { byId, el, icon, openDialog } from "./dom.js";
import { t } from "./i18n.js";
import { avatar } from "./people.js";
import { on, person, state } from "./store.js";
import { toast } from "./toast.js";

/** @param {string} id */
export function switchTo(id) {
  become(id).catch(() => toast(t("line.unreachable")));
}

/** @param {import("./store.js").Person} one @param {number} at @param {boolean} named */
function button(one, at, named) {
  const current = one.user_id === state.me;
  const label = t("rail.become", { name: one.full_name, number: one.identity_number });
  return el(named ? "button.person-row" : "button.person", {
    "aria-label": label, title: at < 9 ? `${label} (Alt+${at + 1})` : label, "aria-current": current ? "true" : null,
    data: { person: one.user_id }, on: { click: () => switchTo(one.user_id) },
  }, avatar(one), named ? el("span.tile-text", {}, el("strong", {}, el("bdi", {}, one.full_name)), el("span.facts", {}, one.identity_number)) : null,
  named && current ? icon("check") : null);
}

export function drawRail() {
  const focused = document.activeElement?.closest(".rail [data-person]")?.getAttribute("data-person");
  byId("rail").replaceChildren(...state.people.map((one, at) => button(one, at, false)));
  if (focused) /** @type {HTMLElement | null} */ (byId("rail").querySelector(`[data-person="${CSS.escape(focused)}"]`))?.focus();
  const me = person(state.me);
  byId("who-open").replaceChildren(avatar(me), el("bdi", {}, me.full_name), icon("down"));
  byId("who-open").setAttribute("aria-label", t("rail.now", { name: me.full_name }));
  byId("you").replaceChildren(t("rail.now", { name: me.full_name }), el("span.facts", {}, ` ${me.identity_number}`));
}

export function startRail() {
  on("people", drawRail);
  byId("who-open").addEventListener("click", () => {
    const rows = state.people.map((one, at) => button(one, at, true));
    const dialog = openDialog(t("rail.label"), { closeLabel: t("close") }, el("div.person-rows", {}, ...rows));
    for (const row of rows) row.addEventListener("click", () => dialog.close());
  });
  document.addEventListener("keydown", (event) => {
    const digit = /^Digit([1-9])$/.exec(event.code);
    if (!digit || !event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    const one = state.people[Number(digit[1]) - 1];
    if (!one) return;
    event.preventDefault();
    switchTo(one.user_id);
  });
}
