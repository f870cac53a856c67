// Choosing among all people of the sandbox, however many there are.
// @ts-check
import { chooser } from "./chooser.js";
import { findPeople } from "./directory.js";
import { el, icon, openDialog } from "./dom.js";
import { t } from "./i18n.js";
import { avatar } from "./people.js";

/** @typedef {import("./store.js").Person} Person */

/** @param {Person} one @returns {Node[]} */
export function personLine(one) {
  const flag = one.admin ? el("span.badge", {}, t("rail.admin")) : null;
  const line = [avatar(one), el("span.tile-text", {}, el("strong", {}, el("bdi", {}, one.full_name)), el("span.facts", {}, one.identity_number))];
  return flag ? [...line, flag] : line;
}

/** @param {{choose: (one: Person) => void, isChosen?: (one: Person) => boolean, many?: boolean, rows?: number}} options */
export function peopleChooser(options) {
  return chooser({
    label: t("rail.label"), hint: t("everybody.search"), draw: personLine, ...options,
    load: async (search, offset, limit) => {
      const found = await findPeople(search, offset, limit);
      return { items: found.people, total: found.total };
    },
  });
}

/** @param {string} title @param {(one: Person) => void} choose @param {(one: Person) => boolean} [isChosen] */
export function choosePerson(title, choose, isChosen) {
  const made = peopleChooser({ isChosen, choose: (one) => { dialog.close(); choose(one); } });
  const dialog = openDialog(title, { closeLabel: t("close") }, made.element);
  made.field.focus();
  return dialog;
}

/** People chosen so far, as chips that a press removes. @param {Person[]} chosen @param {(one: Person) => void} drop */
export function chips(chosen, drop) {
  return chosen.map((one) => el("button.chip", { "aria-label": t("everybody.drop", { name: one.full_name }), on: { click: () => drop(one) } },
    el("bdi", {}, one.full_name), icon("close")));
}
