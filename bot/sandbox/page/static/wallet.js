// The wallet of the current person: coins, transfers, friends and blocked people, connected apps.
// @ts-check
import { words } from "./actions.js";
import { api } from "./api.js";
import { el, openDialog } from "./dom.js";
import { t } from "./i18n.js";
import { off, on, state } from "./store.js";
import { toast } from "./toast.js";
import { drawApps } from "./wallet_apps.js";
import { drawAssets, openTransfer } from "./wallet_coins.js";
import { drawRelations } from "./wallet_people.js";
import { drawSnapshots, openSnapshot } from "./wallet_snapshots.js";

const TABS = { assets: drawAssets, snapshots: drawSnapshots, people: drawRelations, apps: drawApps };

/** @param {{opponent?: string, asset?: string, amount?: string, memo?: string, trace?: string, snapshot?: string}} [about]
 *   a transfer to make, or one to look at; else the whole wallet
 */
export async function openWallet(about = {}) {
  try {
    if (about.snapshot) return openSnapshot(await api.snapshot(state.me, about.snapshot));
    if (about.opponent) return await openTransfer(about);
    openWhole();
  } catch (error) {
    toast(words(error));
  }
}

function openWhole() {
  let shown = /** @type {keyof typeof TABS} */ ("assets");
  let turn = 0;
  const tabs = el("div.tabs", { role: "tablist", "aria-label": t("wallet.title") });
  const panel = el("div.wallet", { role: "tabpanel", id: "wallet-panel", tabindex: "-1" });
  const dialog = openDialog(t("wallet.title"), { wide: true, closeLabel: t("close"), onclose: () => off("wallet", redraw) }, tabs, panel);

  async function redraw() {
    const mine = ++turn;
    try {
      const drawn = await TABS[shown](redraw);
      if (mine === turn) panel.replaceChildren(...drawn);
    } catch (error) {
      if (mine === turn) panel.replaceChildren(el("p.trouble", { role: "alert" }, words(error)));
    }
  }

  /** @param {keyof typeof TABS} name @param {boolean} focus */
  function choose(name, focus) {
    shown = name;
    tabs.replaceChildren(...Object.keys(TABS).map((one) => el("button.tab", { id: `wallet-tab-${one}`, role: "tab", "aria-selected": String(one === name),
      "aria-controls": "wallet-panel", tabindex: one === name ? "0" : "-1", on: { click: () => choose(/** @type {keyof typeof TABS} */ (one), true) } }, t(`wallet.${one}`))));
    panel.setAttribute("aria-labelledby", `wallet-tab-${name}`);
    if (focus) /** @type {HTMLElement} */ (tabs.querySelector("[aria-selected=true]")).focus();
    void redraw();
  }

  tabs.addEventListener("keydown", (event) => {
    const names = /** @type {(keyof typeof TABS)[]} */ (Object.keys(TABS));
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) choose(names[(names.indexOf(shown) + step + names.length) % names.length], true);
  });
  choose(shown, false);
  on("wallet", redraw);
  dialog.dataset.wallet = "open";
}
