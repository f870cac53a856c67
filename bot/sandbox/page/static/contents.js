// What a message says, as elements, by category. Whatever cannot be read is shown as not supported, never hidden.
// @ts-check
import { buttonGrid, warning } from "./buttons.js";
import { el, icon, openDialog } from "./dom.js";
import { t } from "./i18n.js";
import { inPopUp, isStray, webLink } from "./links.js";
import { build, linked, parsed } from "./markdown.js";
import * as media from "./media.js";
import { named } from "./mentions.js";
import { transcript } from "./transcript.js";
import { shareWith } from "./share.js";
import { transferNotice } from "./wallet_notice.js";

/** @typedef {import("./store.js").Message} Message */
/** @typedef {{person: (id: string) => import("./store.js").Person, surface: string, press: (index: number) => void,
 *   group: boolean, showFrame: () => void}} Scene */
/** @typedef {{shape: "bubble" | "bare" | "line", node: HTMLElement}} Shown */

const MEDIA = { IMAGE: media.image, VIDEO: media.video, AUDIO: media.audio, DATA: media.file, LIVE: media.live, LOCATION: media.place };

/** @param {Message} message */
export function kindOf(message) {
  return message.category.replace(/^(PLAIN|ENCRYPTED)_/, "");
}

/** @param {Message} message @param {Scene} scene @returns {Shown} */
export function content(message, scene) {
  if (message.recalled) return recalled(message, scene);
  if (message.trouble && typeof message.data === "string") return bubble(closed(message));
  try {
    return readable(message, scene) ?? unknown(message, scene);
  } catch {
    return unknown(message, scene);
  }
}

/** @param {Message} message @param {Scene} scene @returns {Shown | null} */
function readable(message, scene) {
  const kind = kindOf(message);
  const data = message.data;
  if (kind === "TEXT") return bubble(el("div.text", { dir: "auto" }, ...(scene.group ? named(String(data)) : linked(String(data)))));
  if (kind === "POST") return bubble(post(String(data)));
  if (typeof data !== "object" || data === null) return null;
  if (kind === "APP_BUTTON_GROUP" && Array.isArray(data)) return { shape: "bare", node: buttonGrid(data, scene.surface, scene.press) };
  if (kind === "APP_CARD") return { shape: "bare", node: card(data, scene) };
  if (kind === "STICKER") return { shape: "bare", node: media.sticker(data) };
  if (kind === "CONTACT") return bubble(media.contact(data, scene.person(String(data.user_id))));
  if (kind === "TRANSCRIPT" && Array.isArray(data)) return bubble(transcript(data));
  if (kind in MEDIA) return bubble(MEDIA[/** @type {keyof typeof MEDIA} */ (kind)](data));
  return event(message, data, scene);
}

/** Things that happened rather than things that were said. @param {Message} message @param {Record<string, any>} data @param {Scene} scene @returns {Shown | null} */
function event(message, data, scene) {
  const name = (/** @type {unknown} */ id) => scene.person(String(id)).full_name;
  if (message.category === "SYSTEM_CONVERSATION") {
    const known = ["CREATE", "ADD", "REMOVE", "JOIN", "EXIT", "ROLE", "UPDATE", "EXPIRE"].includes(data.action);
    const who = name(data.user_id || message.user_id);
    return line("group", t(known ? `system.${data.action}` : "system.other", { who, whom: name(data.participant_id), action: String(data.action) }));
  }
  if (message.category === "MESSAGE_PIN")
    return line("pinned", t(data.action === "UNPIN" ? "system.unpinned" : "system.pinned", { who: name(message.user_id) }));
  if (message.category === "SYSTEM_ACCOUNT_SNAPSHOT" || message.category === "SYSTEM_SAFE_SNAPSHOT")
    return bubble(transferNotice(data, name(message.user_id)));
  return null;
}

/** @param {HTMLElement} node @returns {Shown} */
function bubble(node) {
  return { shape: "bubble", node };
}

/** @param {string} name @param {string} words @returns {Shown} */
function line(name, words) {
  return { shape: "line", node: el("p.line", {}, icon(name), el("span", { dir: "auto" }, words)) };
}

/** @param {Message} message @param {Scene} scene @returns {Shown} */
function recalled(message, scene) {
  return bubble(el("p.quiet", {}, icon("recall"), t("content.recalled", { who: scene.person(message.user_id).full_name })));
}

/** What was encrypted and could not be opened. @param {Message} message */
function closed(message) {
  return el("div.unknown", {}, el("p", {}, t("content.closed")), el("code", {}, message.trouble ?? ""));
}

/** @param {Message} message @param {Scene} scene @returns {Shown} */
function unknown(message, scene) {
  return bubble(el("div.unknown", {}, el("p", {}, t("content.unknown")), el("code", {}, message.category),
    el("button.text-button", { on: { click: scene.showFrame } }, t("content.showFrame"))));
}

/** At most 400 px high; what is longer opens whole in a dialog. @param {string} markdown */
function post(markdown) {
  const body = el("div.post-body", { dir: "auto" });
  const more = el("button.text-button.show-all", { hidden: true, on: { click: () => showPost(markdown) } }, t("post.showAll"));
  const whole = el("div.post", {}, body, more);
  parsed(markdown).then((tree) => {
    body.append(...build(tree));
    const measure = () => {
      const clipped = body.scrollHeight > body.clientHeight + 4;
      if (!clipped) return;
      whole.classList.add("clipped");
      more.hidden = false;
    };
    requestAnimationFrame(measure);
    new ResizeObserver(measure).observe(body);
    whole.dispatchEvent(new Event("grown", { bubbles: true }));
  });
  return whole;
}

/** @param {string} markdown */
async function showPost(markdown) {
  const tree = await parsed(markdown);
  openDialog(t("post.title"), { wide: true, closeLabel: t("close") }, el("article.post-body.whole", { dir: "auto" }, ...build(tree)));
}

/** A card, and beside it the way to pass it on, unless its maker does not want that. @param {Record<string, any>} data @param {Scene} scene */
function card(data, scene) {
  const made = cardItself(data, scene);
  if (data.shareable !== true) return made;
  const title = String(data.title ?? "");
  return el("div.card-frame", {}, made,
    el("button.icon-button.share", { "aria-label": t("share.card", { title }), title: t("share.card", { title }), "aria-haspopup": "dialog",
      on: { click: () => shareWith({ category: "APP_CARD", data }) } }, icon("share")));
}

/** Old style with one `action` over the whole card, else new style with a cover and buttons. @param {Record<string, any>} data @param {Scene} scene */
function cardItself(data, scene) {
  const title = el("strong", { dir: "auto" }, String(data.title ?? ""));
  const description = String(data.description ?? "");
  if (typeof data.action === "string" && data.action.trim()) {
    const body = [el("span.card-icon", { title: data.icon_url }, icon("bot")),
      el("span.tile-text", {}, title, el("span.facts", { dir: "auto" }, description.split("\n")[0]))];
    const link = webLink(data.action);
    return link
      ? el("a.card.old", { href: link, target: "_blank", rel: "noopener noreferrer", title: data.action, on: { click: inPopUp } }, ...body, isStray(link) ? warning() : icon("link"))
      : el("button.card.old", { title: data.action, on: { click: () => scene.press(0) } }, ...body);
  }
  const cover = data.cover_url || data.cover?.url;
  const actions = Array.isArray(data.actions) ? data.actions : [];
  return el("div.card.new", {},
    cover ? el("div.cover", { title: String(cover) }, icon("image"), el("span.facts", {}, t("content.cover"))) : null,
    el("div.card-text", {}, title, el("p", { dir: "auto" }, ...linked(description))),
    actions.length ? buttonGrid(actions, scene.surface, scene.press) : null);
}

/** One line for lists and quotes. @param {Message | null | undefined} message @returns {string} */
export function summary(message) {
  if (!message) return "";
  if (message.recalled) return t("summary.recalled");
  if (message.trouble && typeof message.data === "string") return t("content.closed");
  const kind = kindOf(message);
  if (kind === "TEXT") return String(message.data).replace(/\s+/g, " ").slice(0, 120);
  if (kind === "POST") return String(message.data).replace(/[#*_`>|~-]+/g, " ").replace(/\s+/g, " ").trim().slice(0, 120);
  if (kind === "APP_CARD" && message.data && typeof message.data === "object") return String(message.data.title ?? t("summary.APP_CARD"));
  if (kind === "APP_BUTTON_GROUP" && Array.isArray(message.data)) return message.data.map((button) => `[${button?.label}]`).join(" ").slice(0, 120);
  const key = `summary.${kind}`;
  return t(key) === key ? t("content.unknown") : t(key);
}

