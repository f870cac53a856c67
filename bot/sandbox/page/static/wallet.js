// The wallet of the current person.
// @ts-check
import { t } from "./i18n.js";
import { toast } from "./toast.js";

/** @param {{opponent?: string, asset?: string, amount?: string, memo?: string, trace?: string}} [transfer] what is to be sent, if anything */
export function openWallet(transfer) {
  toast(t("button.wouldOpen", { link: transfer?.opponent ? `mixin://transfer/${transfer.opponent}` : "mixin://wallet" }));
}
