// Where links lead: web pages, the bot's own in a window of a phone's size, and the places inside Mixin Messenger.
// @ts-check
import { openThread, refreshConversations, words } from "./actions.js";
import { api } from "./api.js";
import { fetchPerson } from "./directory.js";
import { t } from "./i18n.js";
import { openProfile } from "./info.js";
import { openShare } from "./share.js";
import { isBot, state } from "./store.js";
import { toast } from "./toast.js";
import { show } from "./views.js";
import { openWallet } from "./wallet.js";

const POP_UP = "popup,noopener,noreferrer,width=390,height=844";
const MIXINS_OWN = ["mixin.one", "www.mixin.one"];
const INSIDE = ["users", "apps", "conversations", "codes", "transfer", "pay", "snapshots", "send", "address", "withdrawal", "multisigs", "inscriptions"];

/** @param {string} action @returns {string} the address if a browser may open it, else "" */
export function webLink(action) {
  try {
    const url = new URL(action);
    const inside = MIXINS_OWN.includes(url.host) && INSIDE.includes(url.pathname.split("/")[1]);
    return (url.protocol === "https:" || url.protocol === "http:") && !inside ? url.href : "";
  } catch {
    return "";
  }
}

/** A place inside Mixin, said as mixin:// or as its twin on mixin.one.
 * @param {string} link @returns {{kind: string, id: string, query: URLSearchParams} | null}
 */
export function mixinLink(link) {
  const path = /^(?:mixin:\/\/(?:mixin\.one\/)?|https:\/\/(?:www\.)?mixin\.one\/)(.*)$/is.exec(link.trim())?.[1];
  if (path === undefined) return null;
  try {
    const url = new URL(path, "https://inside.example/");
    const [, kind = "", id = ""] = url.pathname.split("/");
    if (/^https:/i.test(link) && !INSIDE.includes(kind)) return null;
    return { kind, id: decodeURIComponent(id), query: url.searchParams };
  } catch {
    return null;
  }
}

/** Whether the apps would warn of a link of the bot: outside its home page and its resource patterns. @param {string} address */
export function isStray(address) {
  const url = new URL(address);
  const home = webLink(String(state.bot?.home_uri ?? ""));
  if (url.host === location.host || MIXINS_OWN.includes(url.host) || (home && new URL(home).host === url.host)) return false;
  return !(state.bot?.resource_patterns ?? []).some((/** @type {unknown} */ one) => one && address.startsWith(String(one)));
}

/** Pages of the bot open as in Mixin, in a window of a phone's size; a press with Ctrl and the like is left to the browser.
 * @param {MouseEvent} event on a link
 */
export function inPopUp(event) {
  const link = event.currentTarget;
  if (!(link instanceof HTMLAnchorElement) || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (isStray(link.href)) return;
  event.preventDefault();
  window.open(link.href, "_blank", POP_UP);
}

/** @param {URLSearchParams} query passed through, but for what it says to Mixin */
function openHome(query) {
  const home = webLink(String(state.bot?.home_uri ?? ""));
  if (!home) return toast(t("hi.noHome"));
  const url = new URL(home);
  for (const [key, value] of query) if (key !== "action") url.searchParams.append(key, value);
  window.open(url.href, "_blank", POP_UP);
}

/** @param {string} id @param {string | null} user with whom, where the conversation may not exist yet */
async function openConversation(id, user) {
  if (user && user !== state.me) await api.contact(state.me, user).then(refreshConversations, () => undefined);
  if (!state.conversations.some((one) => one.conversation_id === id)) return toast(t("link.noConversation"));
  show("chat");
  await openThread(id);
}

/** A code, as if it were scanned. @param {string} id @param {string} link */
async function openCode(id, link) {
  const code = await api.code(id);
  if (code.type === "authorization") return void window.open(`/oauth/authorize/${encodeURIComponent(id)}/phone`, "_blank", POP_UP);
  if (code.type === "user") return openProfile(code.id);
  if (code.type !== "conversation") return toast(t("button.wouldOpen", { link }));
  await api.join(state.me, id);
  await refreshConversations();
  await openConversation(code.id, null);
}

/** @param {string} link that no browser opens */
export async function openLink(link) {
  const place = mixinLink(link);
  if (!place) return toast(t("button.wouldOpen", { link }));
  const { kind, id, query } = place;
  const get = (/** @type {string} */ name) => query.get(name) ?? undefined;
  try {
    if (kind === "apps" && query.get("action") === "open" && isBot(id)) return openHome(query);
    if (kind === "users" || kind === "apps") return (await fetchPerson(id)) ? openProfile(id) : toast(t("link.nobody"));
    if (kind === "conversations") return await openConversation(id, query.get("user"));
    if (kind === "codes") return await openCode(id, link);
    if (kind === "send") return openShare(query);
    if (kind === "snapshots") return await openWallet({ snapshot: id || get("trace") });
    if (kind === "transfer" || kind === "pay")
      return await openWallet({ opponent: id || get("recipient"), asset: get("asset"), amount: get("amount"), memo: get("memo"), trace: get("trace") });
  } catch (error) {
    return toast(words(error));
  }
  return toast(t("button.wouldOpen", { link }));
}
