// Coins of the current person: balances with their worth, received out of nowhere, set by hand, transferred.
// @ts-check
import { words } from "./actions.js";
import { api } from "./api.js";
import { fetchPerson } from "./directory.js";
import { el, icon, openDialog } from "./dom.js";
import { choosePerson } from "./everybody.js";
import { field, fields, select } from "./forms.js";
import { locale, t } from "./i18n.js";
import { changed, isBot, person, state } from "./store.js";
import { toast } from "./toast.js";

/** @typedef {{asset_id: string, symbol: string, name: string, balance: string, usd: string, price_usd: string}} Asset */

/** @param {string} usd */
export function dollars(usd) {
  return new Intl.NumberFormat(locale(), { style: "currency", currency: "USD" }).format(Number(usd));
}

/** @param {() => Promise<void>} redraw @returns {Promise<Node[]>} */
export async function drawAssets(redraw) {
  const wallet = await api.wallet(state.me);
  const assets = /** @type {Asset[]} */ (wallet.assets);
  const rows = [...assets].sort((a, b) => Number(b.usd) - Number(a.usd) || Number(b.balance) - Number(a.balance));
  return [
    el("p.worth", {}, el("strong", {}, dollars(wallet.usd)), el("span.facts", {}, t("wallet.of", { name: person(state.me).full_name }))),
    el("div.dialog-actions", {},
      el("button.plain-button", { on: { click: () => openReceive(assets) } }, icon("plus"), t("wallet.receive")),
      el("button.plain-button", { on: { click: () => void openTransfer({}).catch((error) => toast(words(error))) } }, icon("send"), t("wallet.transfer"))),
    el("ul.coins", { "aria-label": t("wallet.assets") }, ...rows.map((one) => row(one, redraw))),
  ];
}

/** @param {Asset} asset @param {() => Promise<void>} redraw */
function row(asset, redraw) {
  return el("li.coin", {},
    el("span.coin-face", { "aria-hidden": "true" }, asset.symbol.slice(0, 4)),
    el("span.tile-text", {}, el("strong", {}, el("bdi", {}, asset.name)), el("span.facts", {}, dollars(asset.price_usd))),
    el("span.amount", {}, el("strong", {}, `${asset.balance} `, el("bdi", {}, asset.symbol)), el("span.facts", {}, dollars(asset.usd))),
    el("button.plain-button", { "aria-label": t("wallet.editLabel", { asset: asset.symbol }), on: { click: () => openBalance(asset, redraw) } }, t("wallet.edit")));
}

/** @param {Asset} asset @param {() => Promise<void>} redraw */
function openBalance(asset, redraw) {
  const balance = field(t("wallet.balance", { asset: asset.symbol }), { inputmode: "decimal", value: asset.balance });
  const dialog = openDialog(t("wallet.editLabel", { asset: asset.symbol }), { closeLabel: t("close") },
    fields(t("wallet.save"), async () => {
      await api.setBalance(state.me, asset.asset_id, balance.input.value.trim());
      dialog.close();
      await redraw();
    }, words, balance.label, el("p.facts", {}, t("wallet.editNote"))));
  balance.input.select();
}

/** @param {Asset[]} assets */
function openReceive(assets) {
  const asset = select(t("wallet.asset"), assets.map((one) => [one.asset_id, `${one.symbol} · ${one.name}`]), assets[0]?.asset_id ?? "");
  const amount = field(t("wallet.amount"), { inputmode: "decimal", value: "1" });
  const dialog = openDialog(t("wallet.receive"), { closeLabel: t("close") },
    fields(t("wallet.receive"), async () => {
      await api.receive(state.me, asset.input.value, amount.input.value.trim());
      dialog.close();
      changed("wallet");
    }, words, asset.label, amount.label));
  amount.input.select();
}

/** A transfer to somebody, filled in as far as is known.
 * @param {{opponent?: string, asset?: string, amount?: string, memo?: string, trace?: string}} about
 */
export async function openTransfer(about) {
  const wallet = await api.wallet(state.me);
  const assets = /** @type {Asset[]} */ (wallet.assets);
  let to = (about.opponent && about.opponent !== state.me ? await known(about.opponent) : null) ?? state.bot;
  const name = el("strong", {}, el("bdi", {}, to?.full_name ?? ""));
  const other = el("button.plain-button", { on: { click: () => choosePerson(t("wallet.to"), take, (one) => one.user_id === to?.user_id) } }, t("wallet.other"));
  const mine = assets.filter((one) => Number(one.balance) > 0 || one.asset_id === about.asset);
  const options = /** @type {[string, string][]} */ ((mine.length ? mine : assets).map((one) => [one.asset_id, `${one.symbol} · ${one.balance}`]));
  const asset = select(t("wallet.asset"), options, about.asset ?? options[0]?.[0] ?? "");
  const amount = field(t("wallet.amount"), { inputmode: "decimal", value: about.amount ?? "", required: true });
  const memo = field(t("wallet.memo"), { value: about.memo ?? "" });
  const trace = about.trace ?? crypto.randomUUID();

  /** @param {any} one */
  function take(one) {
    to = one;
    name.replaceChildren(el("bdi", {}, one.full_name));
  }

  const dialog = openDialog(t("wallet.transfer"), { closeLabel: t("close") },
    el("p.to", {}, el("span.facts", {}, t("wallet.to")), name, isBot(to?.user_id ?? "") ? el("span.badge", {}, t("chat.bot")) : null, other),
    fields(t("wallet.pay"), async () => {
      await api.transfer({ as: state.me, to: to?.user_id, asset: asset.input.value, amount: amount.input.value.trim(), memo: memo.input.value, trace_id: trace });
      dialog.close();
      toast(t("wallet.paid", { amount: amount.input.value.trim(), asset: assets.find((one) => one.asset_id === asset.input.value)?.symbol ?? "", name: to?.full_name ?? "" }));
      changed("wallet");
    }, words, asset.label, amount.label, memo.label, el("p.facts", {}, t("wallet.fake"))));
  amount.input.focus();
}

/** @param {string} id */
async function known(id) {
  return isBot(id) ? state.bot : (await fetchPerson(id)) ?? null;
}
