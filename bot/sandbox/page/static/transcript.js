// Messages that were passed on as one: a few lines in the bubble, all of them in a dialog.
// @ts-check
import { el, openDialog } from "./dom.js";
import { clockTime, plural, t } from "./i18n.js";
import { linked } from "./markdown.js";
import * as media from "./media.js";

/** @typedef {Record<string, any>} Json */

const SHOWN = 4;

/** @param {Json} entry */
function kindOf(entry) {
  return String(entry.category ?? "").replace(/^[A-Z]+_/, "");
}

/** In one line. @param {Json} entry */
function short(entry) {
  const kind = kindOf(entry);
  if (kind === "TEXT" || kind === "POST") return String(entry.content ?? "");
  const key = `summary.${kind}`;
  return t(key) === key ? t("content.unknown") : t(key);
}

/** What its file, place or sticker is, in the words that a message by itself has. @param {Json} entry @returns {Json} */
function inside(entry) {
  /** @type {Json} */
  let about = {};
  try {
    about = JSON.parse(String(entry.content));
  } catch {
    about = { attachment_id: entry.content };
  }
  return { ...about, mime_type: entry.media_mime_type, width: entry.media_width, height: entry.media_height, size: entry.media_size,
    duration: entry.media_duration, name: entry.media_name ?? about.name, waveform: entry.media_waveform, thumbnail: entry.thumb_image, caption: entry.caption,
    url: entry.media_url, thumb_url: entry.thumb_url, sticker_id: entry.sticker_id, key: entry.media_key, digest: entry.media_digest };
}

const DRAW = { IMAGE: media.image, VIDEO: media.video, AUDIO: media.audio, DATA: media.file, LIVE: media.live, LOCATION: media.place, STICKER: media.sticker };

/** @param {Json} entry */
function whole(entry) {
  const kind = kindOf(entry);
  const draw = DRAW[/** @type {keyof typeof DRAW} */ (kind)];
  const body = draw ? draw(inside(entry)) : el("div.text", { dir: "auto" }, ...linked(short(entry)));
  return el("li.passed-on", {}, el("span.facts", {}, el("bdi", {}, String(entry.user_full_name ?? "?")), " · ", clockTime(String(entry.created_at ?? ""))), body);
}

/** @param {Json[]} entries */
export function transcript(entries) {
  const title = plural("content.transcript", entries.length);
  const open = () => openDialog(title, { closeLabel: t("close") }, el("ol.transcript-whole", {}, ...entries.map(whole)));
  return el("button.transcript", { title: t("content.transcriptOpen"), on: { click: open } }, el("strong", {}, title),
    ...entries.slice(0, SHOWN).map((entry) => el("span.facts", { dir: "auto" }, `${entry.user_full_name ?? ""}: ${short(entry)}`.slice(0, 80))));
}
