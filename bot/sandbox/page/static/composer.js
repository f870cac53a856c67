// Where one writes. Enter sends, Shift+Enter breaks the line, and an input method's Enter is left to it.
// @ts-check
import { say } from "./actions.js";
import { summary } from "./contents.js";
import { byId, el, icon, refill } from "./dom.js";
import { t } from "./i18n.js";
import { changeBot } from "./info.js";
import { offerMentions } from "./mentions.js";
import { onQuote, quote, quoted } from "./quote.js";
import { openSamples, openStickers } from "./samples.js";
import { draft, isBot, keepDraft, on, openConversation, partner, person, state } from "./store.js";

const TALLEST_PX = 160;
const fitsItself = CSS.supports("field-sizing", "content");

/** @type {HTMLTextAreaElement} */
let box;
let shownFor = "";

/** Where the browser does not do it by itself, as tall as what is in it. */
function fit() {
  if (!fitsItself) {
    box.style.setProperty("height", "auto");
    box.style.setProperty("height", `${Math.min(TALLEST_PX, box.scrollHeight)}px`);
  }
  /** @type {HTMLButtonElement} */ (byId("send")).disabled = !box.value.trim() || !state.open;
}

function send() {
  const text = box.value.trim();
  if (!text || !state.open) return;
  void say({ text, quote: quoted()?.message_id });
  box.value = "";
  keepDraft(state.open, "");
  quote(null);
  fit();
  box.focus();
}

/** What is being answered, and whether the bot is there to read it. */
function drawNotes() {
  const message = quoted();
  refill(byId("answering"), ...(message
    ? [icon("reply"), el("span.tile-text", {}, el("strong", {}, el("bdi", {}, person(message.user_id).full_name)), el("span.facts", { dir: "auto" }, summary(message))),
      el("button.icon-button", { "aria-label": t("quote.drop"), on: { click: () => { quote(null); box.focus(); } } }, icon("close"))]
    : []));
  byId("answering").hidden = !message;
  const away = Boolean(openConversation()?.participants.some(isBot)) && !state.blaze.connected;
  byId("bot-away").hidden = !away;
  drawBarrier();
  refill(byId("bot-away"), ...(away ? [el("span.ring", { "aria-hidden": "true" }), t("bot.offline")] : []));
}

/** Instead of the box, where one has blocked the bot or removed it. */
function drawBarrier() {
  const conversation = openConversation();
  const withBot = conversation && isBot(partner(conversation) ?? "");
  const [what, value] = withBot && conversation.blocked ? ["blocked", false] : withBot && conversation.stranger ? ["contact", true] : ["", false];
  const place = byId("barrier");
  byId("composer-row").hidden = Boolean(what) || !conversation;
  place.hidden = !what;
  if (place.dataset.shows === `${what}${document.documentElement.lang}`) return;
  place.dataset.shows = `${what}${document.documentElement.lang}`;
  const bot = state.bot?.full_name ?? "";
  const act = async () => {
    await changeBot(/** @type {"blocked" | "contact"} */ (what), Boolean(value));
    box.focus();
  };
  place.replaceChildren(...(what ? [el("p", {}, t(what === "blocked" ? "barrier.blocked" : "barrier.removed", { bot })),
    el("button.primary", { on: { click: () => void act() } }, t(what === "blocked" ? "barrier.unblock" : "barrier.add"))] : []));
}

/** Another conversation or another person: their own draft. */
function swap() {
  const now = `${state.me} ${state.open}`;
  if (now !== shownFor) {
    shownFor = now;
    box.value = state.open ? draft(state.open) : "";
    quote(null);
    fit();
  }
  drawNotes();
}

export function drawComposer() {
  box.placeholder = t("composer.hint");
  box.setAttribute("aria-label", t("composer.label"));
  byId("send").setAttribute("aria-label", t("composer.send"));
  byId("attach").setAttribute("aria-label", t("samples.title"));
  byId("attach").title = t("samples.title");
  byId("sticker").setAttribute("aria-label", t("sticker.dialog"));
  byId("sticker").title = t("sticker.dialog");
  byId("mentions").setAttribute("aria-label", t("mention.label"));
  drawNotes();
}

export function startComposer() {
  const form = /** @type {HTMLFormElement} */ (byId("composer"));
  box = /** @type {HTMLTextAreaElement} */ (el("textarea", { id: "draft", rows: "1", enterkeyhint: "send", dir: "auto", maxlength: "65536" }));
  const mentions = el("div.mentions", { id: "mentions", role: "listbox", hidden: true });
  const submit = el("button.send", { id: "send" }, icon("send"));
  submit.addEventListener("pointerdown", (event) => event.preventDefault());
  submit.addEventListener("click", send);
  form.append(el("p.bot-away", { id: "bot-away", role: "status", hidden: true }), el("div.answering", { id: "answering", hidden: true }),
    el("div.barrier", { id: "barrier", hidden: true }), mentions,
    el("div.composer-row", { id: "composer-row" }, el("button.icon-button", { id: "attach", "aria-haspopup": "dialog", on: { click: openSamples } }, icon("plus")),
      el("button.icon-button", { id: "sticker", "aria-haspopup": "dialog", on: { click: openStickers } }, icon("smile")), box, submit));
  const offers = offerMentions(box, mentions);
  form.addEventListener("submit", (event) => event.preventDefault());
  box.addEventListener("input", () => {
    keepDraft(state.open, box.value);
    fit();
  });
  box.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || offers.takesKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      send();
    }
    if (event.key === "Escape" && quoted()) quote(null);
  });
  onQuote(() => {
    drawNotes();
    if (quoted()) box.focus();
  });
  on(["open", "people"], swap);
  on(["blaze", "conversations"], drawNotes);
  fit();
}
