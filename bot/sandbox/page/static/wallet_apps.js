// Which apps the current person has authorized, for what and until when; revoked or run out from here.
// @ts-check
import { words } from "./actions.js";
import { api } from "./api.js";
import { el } from "./dom.js";
import { dayName, t } from "./i18n.js";
import { state } from "./store.js";
import { toast } from "./toast.js";

/** @typedef {{authorization_id: string, app_name: string, scopes: string[], form: string, created_at: string, expires_at: number, expired: boolean}} Grant */

/** @param {() => Promise<void>} redraw @returns {Promise<Node[]>} */
export async function drawApps(redraw) {
  const grants = /** @type {Grant[]} */ (await api.authorizations(state.me));
  if (!grants.length) return [el("p.facts", {}, t("wallet.noApps"))];
  return [el("ul.coins", { "aria-label": t("wallet.apps") }, ...grants.map((one) => row(one, redraw)))];
}

/** @param {Grant} one @param {() => Promise<void>} redraw */
function row(one, redraw) {
  const act = (/** @type {Promise<unknown>} */ done) => done.then(redraw, (error) => toast(words(error)));
  const until = one.expired ? t("wallet.expired") : t("wallet.until", { day: dayName(new Date(one.expires_at * 1000).toISOString()) });
  return el("li.grant", {},
    el("strong", {}, el("bdi", {}, one.app_name)),
    el("p.facts", {}, `${t("wallet.since", { day: dayName(one.created_at) })} · ${until} · ${one.form}`),
    el("ul.scopes", {}, ...one.scopes.map((scope) => el("li", {}, el("code", {}, scope)))),
    el("div.dialog-actions", {},
      el("button.plain-button", { on: { click: () => void act(api.revoke(one.authorization_id)) } }, t("wallet.revoke")),
      one.expired ? null : el("button.plain-button", { on: { click: () => void act(api.expire(one.authorization_id)) } }, t("wallet.expire"))));
}
