// Made-up things to send, so that one can see what the bot does with them: nothing is read from this machine.
// @ts-check
import { say, takeBack } from "./actions.js";
import { byId, el, icon, openDialog } from "./dom.js";
import { t } from "./i18n.js";
import { state } from "./store.js";

const SAMPLES = [
  { name: "sticker", category: "PLAIN_STICKER", data: () => ({ sticker_id: crypto.randomUUID(), name: "wave", album_id: crypto.randomUUID() }) },
  { name: "image", category: "PLAIN_IMAGE", data: () => ({ attachment_id: crypto.randomUUID(), mime_type: "image/jpeg", width: 1280, height: 853, size: 240_518 }) },
  { name: "file", category: "PLAIN_DATA", data: () => ({ attachment_id: crypto.randomUUID(), mime_type: "application/pdf", size: 48_213, name: "notes.pdf" }) },
  { name: "audio", category: "PLAIN_AUDIO", data: () => ({ attachment_id: crypto.randomUUID(), mime_type: "audio/ogg", size: 18_402, duration: 4200,
    waveform: btoa(String.fromCharCode(...Array.from({ length: 60 }, (_, i) => Math.round(127 + 120 * Math.sin(i / 3) * Math.cos(i / 11))))) }) },
  { name: "contact", category: "PLAIN_CONTACT", data: () => ({ user_id: (state.people.find((one) => one.user_id !== state.me) ?? { user_id: state.me }).user_id }) },
  { name: "location", category: "PLAIN_LOCATION", data: () => ({ latitude: 35.6595, longitude: 139.7005, name: "Crossing", address: "1 Sample Street" }) },
  { name: "live", category: "PLAIN_LIVE", data: () => ({ width: 1280, height: 720, thumb_url: "https://live.example/thumb.jpg", url: "https://live.example/stream.m3u8" }) },
  { name: "unknown", category: "PLAIN_HOLOGRAM", data: () => ({ hello: "from the future" }) },
];

const ICONS = { file: "file", location: "pin", contact: "person", unknown: "warn" };

export function openSamples() {
  if (!state.open) return;
  const rows = SAMPLES.map((one) =>
    el("button.sample", { data: { sample: one.name }, on: { click: () => { dialog.close(); void say({ category: one.category, data: one.data() }); byId("draft").focus(); } } },
      icon(ICONS[/** @type {keyof typeof ICONS} */ (one.name)] ?? one.name), el("span", {}, t(`samples.${one.name}`))));
  const mine = state.threads.get(state.open)?.list.findLast((one) => one.user_id === state.me && !one.recalled && !one.sending);
  const recall = mine && el("button.sample", { data: { sample: "recall" }, on: { click: () => { dialog.close(); void takeBack(mine); } } },
    icon("recall"), el("span", {}, t("samples.recall")));
  const dialog = openDialog(t("samples.title"), { closeLabel: t("close") }, el("p.facts", {}, t("samples.note")), el("div.samples", {}, ...rows, recall || ""));
}
