// Friends of the current person, and whom they block: what GET /friends and /blocking_users tell an app.
// @ts-check
import { words } from "./actions.js";
import { api } from "./api.js";
import { el, icon } from "./dom.js";
import { choosePerson, personLine } from "./everybody.js";
import { t } from "./i18n.js";
import { personFrom } from "./shapes.js";
import { state } from "./store.js";
import { toast } from "./toast.js";

/** @param {() => Promise<void>} redraw @returns {Promise<Node[]>} */
export async function drawRelations(redraw) {
  const found = await api.relations(state.me);
  return [group("friend", found.friend.map(personFrom), redraw), group("blocked", found.blocked.map(personFrom), redraw)];
}

/** @param {"friend" | "blocked"} kind @param {import("./store.js").Person[]} people @param {() => Promise<void>} redraw */
function group(kind, people, redraw) {
  const change = (/** @type {string} */ other, /** @type {string} */ wanted) =>
    api.relate(state.me, other, wanted).then(redraw, (error) => toast(words(error)));
  const add = () => choosePerson(t(`wallet.add.${kind}`), (one) => {
    if (one.user_id !== state.me) void change(one.user_id, kind);
  }, (one) => people.some((each) => each.user_id === one.user_id));
  return el("section", {},
    el("h3", {}, t(`wallet.${kind}`)),
    people.length ? el("ul.coins", {}, ...people.map((one) => el("li.coin", {}, ...personLine(one),
      el("button.plain-button", { "aria-label": t(`wallet.drop.${kind}`, { name: one.full_name }), on: { click: () => void change(one.user_id, "stranger") } }, t("wallet.drop")))))
      : el("p.facts", {}, t("wallet.nobody")),
    el("button.plain-button", { on: { click: add } }, icon("plus"), t(`wallet.add.${kind}`)));
}
