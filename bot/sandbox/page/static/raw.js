// Saying what the composer cannot: any category with any data, and the same thing twenty times at once.
// @ts-check
import { refreshThread, words } from "./actions.js";
import { api } from "./api.js";
import { el, openDialog } from "./dom.js";
import { area, field, fields, radios } from "./forms.js";
import { plural, t } from "./i18n.js";
import { state } from "./store.js";
import { toast } from "./toast.js";

const BURST = 20;
const CATEGORIES = ["PLAIN_TEXT", "PLAIN_POST", "PLAIN_IMAGE", "PLAIN_VIDEO", "PLAIN_AUDIO", "PLAIN_DATA", "PLAIN_STICKER", "PLAIN_CONTACT",
  "PLAIN_LOCATION", "PLAIN_LIVE", "PLAIN_TRANSCRIPT", "ENCRYPTED_TEXT", "SIGNAL_TEXT", "APP_CARD", "APP_BUTTON_GROUP", "MESSAGE_RECALL",
  "MESSAGE_PIN", "SYSTEM_CONVERSATION", "SYSTEM_ACCOUNT_SNAPSHOT", "PLAIN_HOLOGRAM"];

export function openRaw() {
  let as = "text";
  const list = el("datalist", { id: "raw-categories" }, ...CATEGORIES.map((name) => el("option", { value: name })));
  const category = field(t("raw.category"), { list: "raw-categories", required: true, maxlength: "64", value: "PLAIN_TEXT" });
  const data = area(t("raw.data"), "", { required: true });
  const id = field(t("raw.messageId"), { placeholder: t("raw.fresh"), maxlength: "36" });
  const quote = field(t("raw.quoteId"), { maxlength: "36" });
  const dialog = openDialog(t("raw.title"), { closeLabel: t("close") }, el("p.facts", {}, t("raw.note")),
    fields(t("raw.send"), async () => {
      await api.send(state.open, { as: state.me, category: category.input.value.trim(), message_id: id.input.value.trim() || undefined,
        quote_message_id: quote.input.value.trim() || undefined, [as === "base64" ? "data_base64" : "data"]: data.input.value });
      await refreshThread();
      dialog.close();
    }, words, list, category.label, data.label,
    radios(t("raw.as"), "raw-as", [["text", t("raw.as.text")], ["base64", "base64"]], as, (value) => (as = value)), id.label, quote.label));
  data.input.focus();
}

/** @param {string} text */
export async function sayBurst(text) {
  const messages = Array.from({ length: BURST }, () => ({ as: state.me, conversation_id: state.open, text }));
  try {
    await api.burst(messages);
    toast(plural("samples.burstDone", BURST));
  } catch (error) {
    toast(words(error));
  }
}
