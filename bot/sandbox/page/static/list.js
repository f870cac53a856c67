// The conversations of the current person, newest first, with a search over their names.
// @ts-check
import { openThread } from "./actions.js";
import { summary } from "./contents.js";
import { byId, el, refill } from "./dom.js";
import { plural, shortAge, t } from "./i18n.js";
import { avatar } from "./people.js";
import { isBot, on, partner, person, state } from "./store.js";
import { toast } from "./toast.js";
import { show } from "./views.js";

/** @param {import("./store.js").Conversation} conversation */
export function titleOf(conversation) {
  const other = partner(conversation);
  return other ? person(other).full_name : conversation.name || t("list.group");
}

/** @param {import("./store.js").Conversation} one */
export function faceOf(one) {
  const other = partner(one);
  if (other) return avatar(person(other));
  return avatar({ user_id: one.conversation_id, full_name: one.name, identity_number: "" }, "group");
}

/** @param {string} id */
export function choose(id) {
  show("chat");
  openThread(id).catch(() => toast(t("line.unreachable")));
}

/** The list as shown. */
export function ordered() {
  return found(/** @type {HTMLInputElement} */ (byId("search")).value);
}

/** Conversations by name or number: the bot's own first while nothing was said, then by the newest message.
 * @param {string} search
 */
export function found(search) {
  const wanted = search.trim().toLocaleLowerCase();
  const time = (/** @type {import("./store.js").Conversation} */ one) => (one.last ? Date.parse(one.last.created_at) : 0);
  return state.conversations
    .filter((one) => !wanted || `${titleOf(one)} ${person(partner(one) ?? "").identity_number}`.toLocaleLowerCase().includes(wanted))
    .sort((a, b) => time(b) - time(a) || Number(b.participants.length === 2 && b.participants.some(isBot)) - Number(a.participants.length === 2 && a.participants.some(isBot)));
}

/** @param {import("./store.js").Conversation} one */
function row(one) {
  const said = one.last ? summary(one.last) : t("list.nothing");
  const sender = one.category === "GROUP" && one.last && !one.last.category.startsWith("SYSTEM") ? t("bubble.from", { name: one.last.user_id === state.me ? t("bubble.you") : person(one.last.user_id).full_name }) : "";
  return el("li", {}, el("button.conversation", {
    "aria-current": one.conversation_id === state.open ? "true" : null,
    data: { conversation: one.conversation_id },
    on: { click: () => choose(one.conversation_id) },
  },
  faceOf(one),
  el("span.conversation-text", {},
    el("span.conversation-top", {}, el("strong", {}, el("bdi", {}, titleOf(one))), el("span.facts", {}, one.last ? shortAge(one.last.created_at) : "")),
    el("span.conversation-last", {}, el("span.facts", { dir: "auto" }, sender + said),
      one.unread ? el("span.unread", {}, String(Math.min(one.unread, 999)), el("span.hidden-text", {}, plural("list.unread", one.unread))) : null))));
}

export function drawList() {
  const focused = document.activeElement?.closest("[data-conversation]")?.getAttribute("data-conversation");
  const rows = ordered();
  const place = byId("conversations");
  refill(place, ...(rows.length ? rows.map(row) : [el("li.empty", {}, t("list.empty"))]));
  if (focused) /** @type {HTMLElement | null} */ (place.querySelector(`[data-conversation="${CSS.escape(focused)}"]`))?.focus();
}

/** @param {number} step -1 for the one above, 1 for the one below */
export function stepConversation(step) {
  const rows = ordered();
  const at = rows.findIndex((one) => one.conversation_id === state.open);
  const next = rows[(at + step + rows.length) % rows.length];
  if (next) choose(next.conversation_id);
}

export function startList() {
  on(["conversations", "people", "open"], drawList);
  const search = /** @type {HTMLInputElement} */ (byId("search"));
  search.addEventListener("input", drawList);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing && ordered()[0]) choose(ordered()[0].conversation_id);
    if (event.key !== "Escape") return;
    search.value = "";
    drawList();
    byId("draft").focus();
  });
  setInterval(drawList, 60_000);
}
