// Pictures, files, places and people in a chat. Nothing is fetched: what lies elsewhere is described, not loaded.
// @ts-check
import { el, icon, svg } from "./dom.js";
import { pictureOf, save } from "./files.js";
import { fileSize, locale, t } from "./i18n.js";
import { openProfile } from "./info.js";
import { avatar } from "./people.js";
import { stickerOf } from "./stickers.js";
import { toast } from "./toast.js";

/** @typedef {Record<string, any>} Json */

/** @param {Json} data @param {{name: string}} scene */
function picture(data, scene) {
  const width = Number(data.width) || 4;
  const height = Number(data.height) || 3;
  const shown = el("div.picture", { style: { "--ratio": `${Math.max(0.5, Math.min(2.4, width / height))}` } }, icon(scene.name));
  const id = String(data.attachment_id ?? "");
  if (scene.name === "image" && /^[\w-]{36}$/.test(id))
    void pictureOf(id, data).then((address) => {
      if (!address) return;
      const whole = el("img.whole", { alt: t("content.image"), src: address });
      whole.addEventListener("error", () => whole.remove());
      shown.append(whole);
    });
  const tiny = String(data.thumbnail ?? data.thumb_image ?? "");
  if (tiny.length > 100 && /^[A-Za-z0-9+/=_-]+$/.test(tiny)) {
    const image = el("img", { alt: "", src: `data:image/jpeg;base64,${tiny.replaceAll("-", "+").replaceAll("_", "/")}` });
    image.addEventListener("error", () => image.remove());
    shown.prepend(image);
  }
  return shown;
}

/** @param {string} name @param {string} title @param {string} facts */
function tile(name, title, facts) {
  return el("div.tile", {}, el("span.tile-icon", {}, icon(name)),
    el("span.tile-text", {}, el("strong", { dir: "auto" }, title), el("span.facts", { dir: "auto" }, facts)));
}

/** @param {unknown[]} parts */
function facts(...parts) {
  return parts.filter((part) => part !== "" && part !== undefined && part !== null).join(" · ");
}

/** @param {unknown} ms */
function duration(ms) {
  const seconds = Math.round(Number(ms) / 1000);
  return Number.isFinite(seconds) ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` : "";
}

/** @param {Json} data */
function size(data) {
  return data.width && data.height ? `${data.width} × ${data.height}` : "";
}

/** @param {Json} data */
export function image(data) {
  return el("figure", {}, picture(data, { name: "image" }),
    el("figcaption", {}, data.caption ? el("span", { dir: "auto" }, String(data.caption)) : null,
      el("span.facts", {}, facts(t("content.image"), size(data), fileSize(Number(data.size)), data.mime_type))));
}

/** @param {Json} data */
export function video(data) {
  return el("figure", {}, picture(data, { name: "video" }),
    el("figcaption", {}, data.caption ? el("span", { dir: "auto" }, String(data.caption)) : null,
      el("span.facts", {}, facts(t("content.video"), duration(data.duration), size(data), fileSize(Number(data.size))))));
}

/** @param {Json} data */
export function audio(data) {
  let bytes = "";
  try {
    bytes = atob(String(data.waveform ?? data.wave_form ?? "").replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    // No waveform is a flat line.
  }
  const bars = Array.from({ length: 40 }, (_, at) => {
    const sample = bytes.length ? bytes.charCodeAt(Math.floor((at / 40) * bytes.length)) / 255 : 0.08;
    const half = Math.max(0.6, sample * 11);
    return `M${at * 4 + 2} ${(12 - half).toFixed(1)}v${(half * 2).toFixed(1)}`;
  });
  return el("div.audio", {}, svg("0 0 160 24", bars, "wave"), el("span.facts", {}, facts(t("content.audio"), duration(data.duration), fileSize(Number(data.size)))));
}

/** @param {Json} data */
export function file(data) {
  const name = String(data.name ?? t("content.file"));
  const get = () => save(String(data.attachment_id), name, data).catch(() => toast(t("content.noFile")));
  return el("button.tile-button", { title: t("content.save"), on: { click: () => void get() } }, tile("file", name, facts(fileSize(Number(data.size)), data.mime_type)));
}

/** @param {Json} data */
export function sticker(data) {
  return stickerOf(data.sticker_id) ?? el("div.sticker", {}, icon("sticker"), el("span", { dir: "auto" }, String(data.name || t("content.sticker"))),
    el("span.facts", {}, t("content.stickerNote")));
}

/** @param {Json} data */
export function live(data) {
  return el("div.live", {}, el("div.live-stage", {}, el("span.badge", {}, "LIVE"), icon("live")),
    el("span.facts", { dir: "ltr" }, facts(size(data), data.url)));
}

/** @param {Json} data */
export function place(data) {
  const [latitude, longitude] = [Number(data.latitude), Number(data.longitude)];
  const number = new Intl.NumberFormat(locale(), { minimumFractionDigits: 4, maximumFractionDigits: 4 });
  const where = Number.isFinite(latitude + longitude) ? `${number.format(latitude)}, ${number.format(longitude)}` : "";
  return el("div.place", {}, el("div.map", {}, icon("pin")),
    tile("pin", String(data.name || t("content.location")), facts(data.address, where)));
}

/** @param {Json} data @param {import("./store.js").Person} person */
export function contact(data, person) {
  return el("button.contact", { on: { click: () => openProfile(person.user_id) } }, avatar(person),
    el("span.tile-text", {}, el("strong", {}, el("bdi", {}, person.full_name)),
      el("span.facts", {}, facts(t("content.contact"), person.identity_number || String(data.user_id ?? "")))));
}
