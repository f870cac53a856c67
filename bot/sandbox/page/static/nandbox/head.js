// Above the log: with whom one speaks, whether the bot is there, and the way to what can be changed of it.
// @ts-check
import { byId, el, icon, refill } from "../dom.js";
import { plural, t } from "../i18n.js";
import { show } from "../views.js";
import { openBot } from "./dialogs.js";
import { faceOf } from "./list.js";
import { DIRECT, on, openChat, state } from "./store.js";

export function drawHead() {
  const chat = openChat();
  const focused = byId("chat-head").contains(document.activeElement) ? document.activeElement?.id : "";
  const direct = chat?.id === DIRECT;
  const members = state.bot && chat && !direct ? plural("list.members", chat.members ?? 0) : "";
  refill(byId("chat-head"),
    el("button.icon-button.narrow-only", { id: "back", "aria-label": t("chat.back"), on: { click: () => show("list") } }, icon("back")),
    ...(chat ? [faceOf(chat), el("span.tile-text", {},
      el("h2", {}, el("bdi", {}, chat.title), direct ? el("span.badge", {}, t("chat.bot")) : null),
      el("span.facts", {}, direct ? String(state.bot?.id ?? "") : `${t(`nandbox.chat.${chat.type}`)} · ${members}`))] : []),
    el("span.spring"), presence(),
    el("button.icon-button", { id: "bot-open", "aria-label": t("nandbox.bot"), title: t("nandbox.bot"), "aria-haspopup": "dialog", on: { click: openBot } }, icon("settings")));
  if (focused) document.getElementById(focused)?.focus();
}

function presence() {
  const here = state.connected;
  return el(here ? "span.presence.here" : "span.presence.away", { id: "presence", role: "status", title: here ? "" : t("nandbox.away") },
    el("span.dot", { "aria-hidden": "true" }), el("span.label", {}, here ? t("bot.online") : t("bot.offlineShort")));
}

export function startHead() {
  on(["chats", "people", "line"], drawHead);
}
