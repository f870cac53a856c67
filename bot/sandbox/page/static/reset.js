// The reset menu: what can be forgotten, from the log of frames to everything.
// @ts-check
import { refreshState, words } from "./actions.js";
import { api } from "./api.js";
import { byId, el, icon, openDialog } from "./dom.js";
import { t } from "./i18n.js";
import { changed, state } from "./store.js";
import { toast } from "./toast.js";

/** In the order of how much goes. */
const CHOICES = /** @type {const} */ (["frames", "weather", "messages", "all"]);

/** @param {typeof CHOICES[number]} what @param {HTMLDialogElement} dialog */
async function forget(what, dialog) {
  try {
    await api.reset(what);
    if (what === "frames") {
      state.frames = [];
      changed("frames");
    }
    await refreshState();
    toast(t(`reset.done.${what}`));
    dialog.close();
  } catch (error) {
    toast(words(error));
  }
}

function openReset() {
  const dialog = openDialog(t("reset.title"), { closeLabel: t("close") },
    el("p.facts", {}, t("reset.note")),
    el("div.choices", {}, ...CHOICES.map((what) =>
      el("button.choice", { data: { what }, on: { click: () => void forget(what, dialog) } }, icon("recall"),
        el("span.tile-text", {}, el("strong", {}, t(`reset.${what}`)), el("span.facts", {}, t(`reset.${what}.note`)))))));
}

export function startReset() {
  byId("reset-open").addEventListener("click", openReset);
}
