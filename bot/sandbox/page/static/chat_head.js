// Above the log: with whom one speaks, whether the bot is there, and the ways to its home page and its frames.
// @ts-check
import { byId, el, icon, refill } from "./dom.js";
import { openFind } from "./find.js";
import { plural, t } from "./i18n.js";
import { openInfo } from "./info.js";
import { inPopUp, webLink } from "./links.js";
import { faceOf, titleOf } from "./list.js";
import { isBot, openConversation, partner, person, state } from "./store.js";
import { show, toggleInspector } from "./views.js";

export function drawHead() {
  const place = byId("chat-head");
  const conversation = openConversation();
  const focused = document.activeElement && place.contains(document.activeElement) ? document.activeElement.id : "";
  const other = conversation ? partner(conversation) : undefined;
  const withBot = Boolean(conversation?.participants.some(isBot));
  const home = other && isBot(other) ? webLink(String(state.bot?.home_uri ?? "")) : "";
  const back = el("button.icon-button.narrow-only", { id: "back", "aria-label": t("chat.back"), on: { click: () => show("list") } }, icon("back"));
  const under = conversation?.category === "GROUP" ? plural("list.members", conversation.participants.length)
    : other ? person(other).identity_number : "";
  const parts = [back,
    ...(conversation
      ? [faceOf(conversation),
        el("span.tile-text", {},
          el("h2", {}, el("bdi", {}, titleOf(conversation)), other && isBot(other) ? el("span.badge", {}, t("chat.bot")) : null),
          el("span.facts", {}, under))]
      : [el("span.tile-text", {}, el("h2", {}, t("chat.none")))]),
    el("span.spring"),
    withBot ? presence() : null,
    home ? el("a.icon-button", { href: home, target: "_blank", rel: "noopener noreferrer", "aria-label": t("hi.home"), title: t("hi.home"), on: { click: inPopUp } }, icon("home")) : null,
    conversation ? el("button.icon-button.wide-only", { id: "find-open", "aria-label": t("find.open"), title: t("find.open"), on: { click: openFind } }, icon("search")) : null,
    conversation ? el("button.icon-button", { id: "info-open", "aria-label": t("info.title"), title: t("info.title"), "aria-haspopup": "dialog", on: { click: openInfo } }, icon("info")) : null,
    el("button.icon-button.wide-only", { id: "inspector-toggle", "aria-label": t("inspector.toggle"), title: t("inspector.toggle"),
      "aria-expanded": String(document.body.dataset.inspector === "open"), "aria-controls": "inspector", on: { click: () => toggleInspector() } }, icon("frames"))];
  refill(place, ...parts.filter((part) => part !== null));
  if (focused) document.getElementById(focused)?.focus();
}

function presence() {
  const here = state.blaze.connected;
  return el(here ? "span.presence.here" : "span.presence.away", { id: "presence", role: "status", title: here ? "" : t("bot.offline") },
    el("span.dot", { "aria-hidden": "true" }), el("span.label", {}, here ? t("bot.online") : t("bot.offlineShort")));
}
