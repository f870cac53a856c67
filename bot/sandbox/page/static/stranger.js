// What stands in the log before the first message to a bot: who one is, and the way to say Hi.
// @ts-check
import { say } from "./actions.js";
import { byId, el, icon } from "./dom.js";
import { t } from "./i18n.js";
import { inPopUp, webLink } from "./links.js";
import { person, state } from "./store.js";
import { toast } from "./toast.js";

/** The card that Mixin's own apps show before the first message to a bot. @param {import("./store.js").Person} bot */
export function stranger(bot) {
  const home = webLink(String(state.bot?.home_uri ?? ""));
  return el("section.stranger", { "aria-label": t("hi.label") },
    el("p", {}, t("hi.you", { name: person(state.me).full_name, bot: bot.full_name })),
    el("div.stranger-card", {}, el("p", {}, t("hi.tap")),
      el("div.stranger-buttons", {},
        home ? el("a.plain-button", { href: home, target: "_blank", rel: "noopener noreferrer", on: { click: inPopUp } }, icon("home"), t("hi.home"))
          : el("button.plain-button", { on: { click: () => toast(t("hi.noHome")) } }, icon("home"), t("hi.home")),
        el("button.primary", { id: "say-hi", on: { click: () => { void say({ text: t("hi.greeting") }); byId("draft").focus(); } } }, t("hi.say")))));
}
