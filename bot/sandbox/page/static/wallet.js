// The wallet of the current person.
// @ts-check
import { t } from "./i18n.js";
import { toast } from "./toast.js";

/** @param {{opponent?: string, asset?: string, amount?: string, memo?: string, trace?: string, snapshot?: string}} [about]
 *   a transfer to make, or one to look at; else the whole wallet
 */
export async function openWallet(about = {}) {
  const place = about.snapshot ? `snapshots/${about.snapshot}` : about.opponent ? `transfer/${about.opponent}` : "wallet";
  toast(t("button.wouldOpen", { link: `mixin://${place}` }));
}
