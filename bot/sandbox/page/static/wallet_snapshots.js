// What came and what went: the newest transfers of the current person, and one of them in full.
// @ts-check
import { api } from "./api.js";
import { el, openDialog } from "./dom.js";
import { clockTime, dayName, t } from "./i18n.js";
import { state } from "./store.js";

/** @typedef {{snapshot_id: string, type: string, opponent: string, opponent_id: string, symbol: string, amount: string, memo: string,
 *   trace_id: string, transaction_hash: string, opening_balance: string, closing_balance: string, created_at: string}} Snapshot */

/** @returns {Promise<Node[]>} */
export async function drawSnapshots() {
  const rows = /** @type {Snapshot[]} */ ((await api.wallet(state.me)).snapshots);
  if (!rows.length) return [el("p.facts", {}, t("wallet.noSnapshots"))];
  return [el("ul.coins", { "aria-label": t("wallet.snapshots") }, ...rows.map(row))];
}

/** @param {Snapshot} one */
function row(one) {
  const sum = `${one.amount.startsWith("-") ? "" : "+"}${one.amount} ${one.symbol}`;
  return el("li", {}, el("button.coin", { on: { click: () => openSnapshot(one) } },
    el("span.tile-text", {}, el("strong", {}, kind(one)), el("span.facts", {}, `${dayName(one.created_at)} ${clockTime(one.created_at)}`)),
    el(one.amount.startsWith("-") ? "span.amount.went" : "span.amount.came", {}, el("strong", {}, el("bdi", {}, sum)), el("span.facts", { dir: "auto" }, one.memo))));
}

/** @param {Snapshot} one */
function kind(one) {
  return one.type === "transfer" ? one.opponent || t("wallet.somebody") : t(`wallet.${one.type === "deposit" ? "deposit" : "withdrawal"}`);
}

/** @param {Snapshot} one */
export function openSnapshot(one) {
  const facts = /** @type {[string, string][]} */ ([
    [t("wallet.with"), kind(one)], [t("wallet.when"), `${dayName(one.created_at)} ${clockTime(one.created_at)}`], [t("wallet.memo"), one.memo],
    [t("wallet.before"), `${one.opening_balance} ${one.symbol}`], [t("wallet.after"), `${one.closing_balance} ${one.symbol}`],
    ["snapshot_id", one.snapshot_id], ["trace_id", one.trace_id], ["transaction_hash", one.transaction_hash]]);
  openDialog(t("wallet.snapshot"), { closeLabel: t("close") },
    el("p.worth", {}, el("strong", {}, `${one.amount} ${one.symbol}`)),
    el("dl.snapshot", {}, ...facts.filter(([, value]) => value).flatMap(([name, value]) => [el("dt", {}, name), el("dd", { dir: "auto" }, value)])));
}
