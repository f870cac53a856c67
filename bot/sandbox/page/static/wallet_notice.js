// The notice of a transfer in a conversation: who paid whom how much; a press shows the whole of it.
// @ts-check
import { api } from "./api.js";
import { el, icon } from "./dom.js";
import { t } from "./i18n.js";
import { openWallet } from "./wallet.js";

/** @type {Promise<Map<string, string>> | undefined} */
let symbols;

/** @param {string} assetId */
async function symbolOf(assetId) {
  symbols ??= api.assets().then((rows) => new Map(rows.map((/** @type {any} */ one) => [one.asset_id, one.symbol])));
  const found = await symbols.catch(() => new Map());
  if (!found.has(assetId)) symbols = undefined;
  return found.get(assetId) ?? t("content.transfer", { asset: assetId.slice(0, 8) });
}

/** @param {Record<string, any>} data @param {string} payer a name */
export function transferNotice(data, payer) {
  const asset = el("bdi", {});
  void symbolOf(String(data.asset_id ?? "")).then((symbol) => (asset.textContent = symbol));
  return el("button.transfer", { on: { click: () => void openWallet({ snapshot: String(data.snapshot_id ?? "") }) } }, icon("coin"),
    el("strong", {}, `${data.amount ?? "?"} `, asset), el("span.facts", {}, t("wallet.notice", { name: payer })));
}
