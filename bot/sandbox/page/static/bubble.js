// One message of the log: whose it is, what it quotes, what it says, when, and how far it got.
// @ts-check
import { press, sayAgain } from "./actions.js";
import { content, kindOf, summary } from "./contents.js";
import { el, icon, svg } from "./dom.js";
import { clockTime, t } from "./i18n.js";
import { mayPin, pin } from "./pinning.js";
import { quote } from "./quote.js";
import { avatar } from "./people.js";
import { person, state } from "./store.js";
import { buttonSurface } from "./theme_switch.js";

/** @typedef {import("./store.js").Message} Message */

const TICKS = { SENT: ["M3 9l4 4 7-8"], DELIVERED: ["M2 9l4 4 7-8", "M9.5 12.5l.8.8 7-8"], READ: ["M2 9l4 4 7-8", "M9.5 12.5l.8.8 7-8"] };

/** @param {Message} message */
function tick(message) {
  if (message.failed) return el("span.tick.failed", { role: "img", "aria-label": t("tick.FAILED") }, icon("warn"));
  if (message.sending) return el("span.tick", { role: "img", "aria-label": t("tick.SENDING") }, icon("clock"));
  const status = /** @type {keyof typeof TICKS} */ (message.status in TICKS ? message.status : "SENT");
  const made = el("span.tick", { role: "img", "aria-label": t(`tick.${status}`), title: t(`tick.${status}`), data: { status } }, svg("0 0 19 18", TICKS[status], "ticks"));
  return made;
}

/** @param {Message} message @param {boolean} own */
function meta(message, own) {
  const sealed = message.category.startsWith("ENCRYPTED_");
  const lock = sealed ? el("span.lock", { role: "img", "aria-label": t("encryption.message"), title: message.trouble || t("encryption.message") }, icon("lock")) : null;
  return el("span.meta", {}, lock, el("time", { datetime: message.created_at }, clockTime(message.created_at)), own && !message.recalled ? tick(message) : null);
}

/** @param {Message} message @param {Message | undefined} quoted @param {(id: string) => void} reveal */
function quotation(message, quoted, reveal) {
  if (!message.quote_message_id || message.recalled) return null;
  const who = quoted ? person(quoted.user_id).full_name : "";
  return el("button.quote", {
    data: { quotes: message.quote_message_id }, "aria-label": t("quote.go", { who }), disabled: !quoted,
    on: { click: () => reveal(message.quote_message_id ?? "") },
  }, el("strong", {}, el("bdi", {}, who)), el("span.facts", { dir: "auto" }, quoted ? summary(quoted) : t("quote.missing")));
}

/** Looked at when it is pressed: what is pinned may have changed since. @param {Message} message @param {{name: string}} about */
function pinButton(message, about) {
  return el("button.icon-button.pin", { "aria-label": t("pins.pin", about), title: t("pins.pin", about), on: { click: () => void pin(message.message_id) } }, icon("pinned"));
}

/** @param {Message} message @param {(id: string) => void} showFrame */
function tools(message, showFrame) {
  const about = { name: person(message.user_id).full_name };
  return el("span.bubble-tools", {},
    message.recalled ? null : el("button.icon-button", { "aria-label": t("quote.reply", about), title: t("quote.reply", about), on: { click: () => quote(message) } }, icon("reply")),
    message.recalled || !mayPin() ? null : pinButton(message, about),
    el("button.icon-button", { "aria-label": t("content.showFrame"), title: t("content.showFrame"), on: { click: () => showFrame(message.message_id) } }, icon("frames")));
}

/** @param {Message} message @param {{group: boolean, first: boolean, quoted?: Message, showFrame: (id: string) => void, reveal: (id: string) => void}} place */
export function bubble(message, { group, first, quoted, showFrame, reveal }) {
  const own = message.user_id === state.me;
  const shown = content(message, { person, surface: buttonSurface(), group,
    press: (index) => void press(message, index), showFrame: () => showFrame(message.message_id) });
  const row = el("div.row", {
    id: `m-${message.message_id}`, "aria-live": own ? "off" : null,
    data: { message: message.message_id, category: message.category, shape: shown.shape, own: String(own), first: String(first) },
  });
  if (shown.shape === "line") {
    row.append(shown.node);
    return row;
  }
  const who = el("span.hidden-text", {}, t("bubble.from", { name: own ? t("bubble.you") : person(message.user_id).full_name }));
  const name = group && !own && first ? el("span.sender", {}, el("bdi", {}, person(message.user_id).full_name), person(message.user_id).is_bot ? icon("bot") : null) : null;
  const withMeta = kindOf(message) !== "APP_BUTTON_GROUP" || message.recalled;
  const body = el(`div.${shown.shape}`, {}, who, name, quotation(message, quoted, reveal), shown.node, withMeta ? meta(message, own) : null);
  if (group && !own) row.append(first ? avatar(person(message.user_id)) : el("span.avatar.gap", { "aria-hidden": "true" }));
  row.append(body, tools(message, showFrame));
  if (message.failed)
    row.append(el("p.failure", {}, t("send.failed", { why: message.failed }), " ",
      el("button.text-button", { on: { click: () => void sayAgain(message) } }, t("send.again"))));
  return row;
}

/** Everything that the drawing of a message depends on, so that unchanged ones stay in place.
 * @param {Message} message @param {boolean} first @param {Message | undefined} quoted
 */
export function signature(message, first, quoted) {
  return JSON.stringify([message.failed, message.recalled, message.category, first, quoted ? [quoted.user_id, quoted.recalled] : 0]);
}

/** What may change while the message stays where it is: when it was said, and how far it got if it is one's own. @param {Message} message */
export function mark(message) {
  return JSON.stringify([message.created_at, message.user_id === state.me ? [message.status, message.sending] : 0]);
}

/** @param {HTMLElement} row @param {Message} message */
export function remark(row, message) {
  row.querySelector(":scope > * > .meta")?.replaceWith(meta(message, message.user_id === state.me));
}
