// mixin://send: what a page or a bot wants one to send, looked at first, and to whom.
// @ts-check
import { openThread, refreshConversations, say, words } from "./actions.js";
import { api } from "./api.js";
import { chooser } from "./chooser.js";
import { el, openDialog } from "./dom.js";
import { t } from "./i18n.js";
import { faceOf, found, titleOf } from "./list.js";
import { state } from "./store.js";
import { toast } from "./toast.js";
import { show } from "./views.js";

const CATEGORIES = { text: "PLAIN_TEXT", post: "PLAIN_POST", image: "PLAIN_IMAGE", contact: "PLAIN_CONTACT", app_card: "APP_CARD", live: "PLAIN_LIVE" };

/** @param {URLSearchParams} query @returns {{category: string, text?: string, data?: unknown} | null} */
function wanted(query) {
  const text = query.get("text");
  if (text) return { category: "PLAIN_TEXT", text };
  const category = CATEGORIES[/** @type {keyof typeof CATEGORIES} */ (query.get("category") ?? "")];
  try {
    const base64 = (query.get("data") ?? "").replaceAll(" ", "+").replaceAll("-", "+").replaceAll("_", "/");
    const words_ = new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(atob(base64), (one) => one.charCodeAt(0)));
    if (!category || !words_) return null;
    return /_(TEXT|POST)$/.test(category) ? { category, text: words_ } : { category, data: JSON.parse(words_) };
  } catch {
    return null;
  }
}

/** @param {string} id @param {{category: string, text?: string, data?: unknown}} said */
async function sendTo(id, said) {
  show("chat");
  await openThread(id);
  await say(said);
}

/** @param {URLSearchParams} query of mixin://send */
export async function openShare(query) {
  const said = wanted(query);
  if (!said) return toast(t("share.unreadable"));
  const user = query.get("user");
  const into = user && user !== state.me ? String((await api.contact(state.me, user)).conversation_id) : query.get("conversation") ?? "";
  if (user) await refreshConversations();
  shareWith(said, into);
}

/** Look at something before it goes to somebody; `into` says to whom, else one chooses.
 * @param {{category: string, text?: string, data?: unknown}} said @param {string} [into] id of a conversation
 */
export function shareWith(said, into = "") {
  const known = state.conversations.find((one) => one.conversation_id === into);
  const preview = el("div.preview", {}, el("span.facts", {}, said.category),
    el("p", { dir: "auto" }, (said.text ?? JSON.stringify(said.data, null, 1)).slice(0, 600)));
  const go = (/** @type {string} */ id) => {
    dialog.close();
    sendTo(id, said).catch((error) => toast(words(error)));
  };
  const list = known ? null : chooser({
    label: t("share.whom"), hint: t("share.whom"), rows: 5, choose: (/** @type {import("./store.js").Conversation} */ one) => go(one.conversation_id),
    draw: (one) => [faceOf(one), el("span.tile-text", {}, el("strong", {}, el("bdi", {}, titleOf(one))))],
    load: async (search, offset, limit) => {
      const rows = found(search);
      return { items: rows.slice(offset, offset + limit), total: rows.length };
    },
  });
  const button = known && el("button.primary", { on: { click: () => go(known.conversation_id) } }, t("share.send", { name: titleOf(known) }));
  const dialog = openDialog(t("share.title"), { closeLabel: t("close") }, preview, list ? list.element : null, button ? el("div.dialog-actions", {}, button) : null);
  list?.field.focus();
}
