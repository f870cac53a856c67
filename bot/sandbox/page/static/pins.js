// What is pinned in the open conversation: the newest one above the log, with the way to it.
// @ts-check
import { reveal } from "./chat.js";
import { summary } from "./contents.js";
import { byId, el, icon } from "./dom.js";
import { plural, t } from "./i18n.js";
import { mayPin, pin } from "./pinning.js";
import { messageFrom } from "./shapes.js";
import { on, openConversation } from "./store.js";

function drawPins() {
  const place = byId("pins");
  const conversation = openConversation();
  const newest = conversation?.pinned ? messageFrom(conversation.pinned) : null;
  place.hidden = !newest;
  const count = conversation?.pins?.length ?? 0;
  const sign = newest ? [newest.message_id, count, document.documentElement.lang, mayPin()].join(" ") : "";
  if (place.dataset.sign === sign) return;
  place.dataset.sign = sign;
  if (!newest) return place.replaceChildren();
  const drop = el("button.icon-button", { "aria-label": t("pins.drop"), title: t("pins.drop"), on: { click: () => void pin(newest.message_id) } }, icon("close"));
  place.replaceChildren(
    el("button.pinned", { "aria-label": `${t("pins.go")}: ${summary(newest)}`, on: { click: () => void reveal(newest.message_id) } }, icon("pinned"),
      el("span.tile-text", {}, el("strong", {}, plural("pins.title", count)), el("span.facts", { dir: "auto" }, summary(newest)))),
    ...(mayPin() ? [drop] : []));
}

export function startPins() {
  on(["conversations", "open"], drawPins);
}
