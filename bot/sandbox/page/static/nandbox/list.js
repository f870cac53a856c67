// The chats of the current person: the bot first, then groups and channels.
// @ts-check
import { byId, el, refill } from "../dom.js";
import { shortAge, t } from "../i18n.js";
import { choose } from "./actions.js";
import { face, groupFace } from "./faces.js";
import { summary } from "./contents.js";
import { DIRECT, on, person, state } from "./store.js";

/** @param {import("./store.js").Chat} chat */
export function faceOf(chat) {
  return chat.id === DIRECT ? face(person(state.bot?.id ?? "")) : groupFace(chat.id, chat.title);
}

/** @param {import("./store.js").Chat} chat */
function row(chat) {
  const last = chat.last_message;
  const said = last ? summary(last) : t("list.nothing");
  return el("li", {}, el("button.conversation", {
    "aria-current": chat.id === state.open ? "true" : null, data: { conversation: chat.id }, on: { click: () => void choose(chat.id) },
  },
  faceOf(chat),
  el("span.conversation-text", {},
    el("span.conversation-top", {}, el("strong", {}, el("bdi", {}, chat.title)),
      el("span.facts", {}, last ? shortAge(new Date(last.date).toISOString()) : "")),
    el("span.conversation-last", {}, el("span.facts", { dir: "auto" }, said)))));
}

export function drawList() {
  const focused = document.activeElement?.closest("[data-conversation]")?.getAttribute("data-conversation");
  const wanted = /** @type {HTMLInputElement} */ (byId("search")).value.trim().toLocaleLowerCase();
  const rows = state.chats.filter((one) => one.title.toLocaleLowerCase().includes(wanted)).map(row);
  const place = byId("conversations");
  refill(place, ...(rows.length ? rows : [el("li.empty", {}, t("list.empty"))]));
  if (focused) /** @type {HTMLElement | null} */ (place.querySelector(`[data-conversation="${CSS.escape(focused)}"]`))?.focus();
}

export function startList() {
  on(["chats", "people"], drawList);
  byId("search").addEventListener("input", drawList);
}
