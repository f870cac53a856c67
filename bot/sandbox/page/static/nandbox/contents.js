// What a message of nandbox looks like: text, pictures, files, places, people.
// @ts-check
import { el, icon } from "../dom.js";
import { fileSize, t } from "../i18n.js";
import { address } from "./faces.js";

/** @typedef {import("./store.js").Message} Message */

const FILES = ["text_file", "video", "audio", "voice", "document"];

/** One line for lists and quotes. @param {Message} message */
export function summary(message) {
  if (message.status === "deleted") return t("nandbox.deleted");
  return message.text || message.body.caption || t(`nandbox.type.${known(message.type)}`);
}

/** @param {string} type */
function known(type) {
  return ["photo", "gif", "sticker", "location", "contact", "article", ...FILES].includes(type) ? type : "other";
}

/** @param {Message} message */
export function content(message) {
  const { type, body } = message;
  const media = body[type] ?? {};
  const words = body.text ?? body.caption;
  const text = words ? el("span.text", { dir: "auto" }, String(words)) : null;
  if (message.status === "deleted") return el("span.quiet", {}, icon("recall"), t("nandbox.deleted"));
  if (type === "text") return text ?? el("span.text");
  return el("div.media", {}, shape(type, media, body), text);
}

/** @param {string} type @param {any} media @param {Record<string, any>} body */
function shape(type, media, body) {
  if (["photo", "gif", "sticker"].includes(type)) return picture(String(media.id ?? ""), String(body.caption ?? ""));
  if (type === "location") return tile("pin", media.name || t("nandbox.type.location"), [media.details, `${media.latitude}, ${media.longitude}`].filter(Boolean).join(" · "));
  if (type === "contact") return tile("person", media.name, media.phone_number);
  if (type === "article") return tile("link", body.title || t("nandbox.type.article"), body.url ?? "");
  if (!FILES.includes(type)) return tile("file", t("nandbox.type.other"), type);
  const name = media.name || media.title || t(`nandbox.type.${type}`);
  return el("a.tile", { href: address(String(media.id ?? "")), download: name, rel: "noopener" }, el("span.tile-icon", {}, icon("file")),
    el("span.tile-text", {}, el("strong", {}, el("bdi", {}, name)), el("span.facts", {}, fileSize(Number(media.size) || 0))));
}

/** @param {string} id @param {string} caption */
function picture(id, caption) {
  const image = el("img", { src: address(id), alt: caption || t("nandbox.type.photo"), loading: "lazy" });
  const place = el("figure.photo", {}, image);
  image.addEventListener("error", () => place.replaceChildren(el("span.not-loaded", {}, icon("image"), t("nandbox.noPicture"))));
  return place;
}

/** @param {string} glyph @param {string} title @param {string} under */
function tile(glyph, title, under) {
  return el("div.tile", {}, el("span.tile-icon", {}, icon(glyph)),
    el("span.tile-text", {}, el("strong", {}, el("bdi", {}, String(title))), el("span.facts", { dir: "auto" }, String(under))));
}
