// What else one can send. Examples are made up; a file of one's own goes to the sandbox on this machine and no further.
// @ts-check
import { say, takeBack, words } from "./actions.js";
import { kindOf } from "./contents.js";
import { byId, el, icon, openDialog } from "./dom.js";
import { emojiGrid } from "./emoji.js";
import { choosePerson } from "./everybody.js";
import { ownFile, sampleFile, samplePicture } from "./files.js";
import { t } from "./i18n.js";
import { openRaw, sayBurst } from "./raw.js";
import { openConversation, partner, person, state } from "./store.js";
import { drawing, stickers } from "./stickers.js";
import { toast } from "./toast.js";
import { openWallet } from "./wallet.js";

const PASSED_ON = 10;
const WAVE = btoa(String.fromCharCode(...Array.from({ length: 60 }, (_, i) => Math.round(127 + 120 * Math.sin(i / 3) * Math.cos(i / 11)))));

/** @param {string} category @param {unknown | Promise<unknown>} data */
async function send(category, data) {
  try {
    await say({ category, data: await data });
  } catch (error) {
    toast(words(error));
  }
}

/** Where the cursor stands in the box, as if it had been typed. @param {string} emoji */
function insert(emoji) {
  const box = /** @type {HTMLTextAreaElement} */ (byId("draft"));
  box.focus();
  box.setRangeText(emoji, box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input"));
}

/** Emoji for the text, and stickers that are messages by themselves. */
export function openStickers() {
  if (!state.open) return;
  const dialog = openDialog(t("sticker.dialog"), { closeLabel: t("close") },
    el("h3", {}, t("emoji.title")), emojiGrid((emoji) => { dialog.close(); insert(emoji); }),
    el("h3", {}, t("sticker.title")), el("div.stickers", { role: "group", "aria-label": t("sticker.title") }, ...stickers().map(({ name, data }) =>
      el("button.sticker-choice", { "aria-label": t(`sticker.${name}`), title: t(`sticker.${name}`), on: { click: () => { dialog.close(); void send("PLAIN_STICKER", data); } } }, drawing(name)))));
}

function openFile() {
  const input = /** @type {HTMLInputElement} */ (el("input", { type: "file", id: "own-file", hidden: true }));
  input.addEventListener("change", async () => {
    const file = input.files?.[0];
    input.remove();
    if (!file) return;
    try {
      const made = await ownFile(file);
      await say(made);
    } catch (error) {
      toast(error instanceof RangeError ? t("samples.tooBig") : words(error));
    }
  });
  input.addEventListener("cancel", () => input.remove());
  document.body.append(input);
  input.click();
}

/** The last words of the open conversation, to be passed on as one; where there are none, some that nobody said. */
function passedOn() {
  const said = (state.threads.get(state.open)?.list ?? []).filter((one) => kindOf(one) === "TEXT" && !one.recalled).slice(-PASSED_ON);
  const lines = said.length ? said : [{ message_id: crypto.randomUUID(), user_id: state.me, data: "/ping", created_at: new Date().toISOString() }];
  return lines.map((one) => ({ message_id: one.message_id, user_id: one.user_id, user_full_name: person(one.user_id).full_name,
    category: "PLAIN_TEXT", content: String(one.data), created_at: one.created_at }));
}

/** @returns {[string, string, () => void][]} key of the words, icon, act */
function kinds() {
  const box = /** @type {HTMLTextAreaElement} */ (byId("draft"));
  const other = partner(openConversation() ?? /** @type {any} */ ({ category: "GROUP" }));
  const mine = state.threads.get(state.open)?.list.findLast((one) => one.user_id === state.me && !one.recalled && !one.sending && !one.failed);
  return [
    ["image", "image", () => void send("PLAIN_IMAGE", samplePicture())],
    ["file", "file", () => void send("PLAIN_DATA", sampleFile("notes.txt", "text/plain", "Notes of nobody in particular.\n"))],
    ["own", "up", openFile],
    ["sticker", "sticker", openStickers],
    ["audio", "audio", () => void send("PLAIN_AUDIO", sampleFile("voice.ogg", "audio/ogg", "OggS").then(({ name: _, ...rest }) => ({ ...rest, duration: 4200, waveform: WAVE })))],
    ["contact", "person", () => choosePerson(t("samples.contact"), (one) => void send("PLAIN_CONTACT", { user_id: one.user_id }))],
    ["location", "pin", () => void send("PLAIN_LOCATION", { latitude: 35.6595, longitude: 139.7005, name: "Crossing", address: "1 Sample Street" })],
    ["video", "video", () => void send("PLAIN_VIDEO", sampleFile("walk.mp4", "video/mp4", "ftyp").then(({ name: _, ...rest }) => ({ ...rest, width: 640, height: 360, duration: 9000 })))],
    ["transcript", "list", () => void send("PLAIN_TRANSCRIPT", passedOn())],
    ["live", "live", () => void send("PLAIN_LIVE", { width: 1280, height: 720, thumb_url: "https://live.example/thumb.jpg", url: "https://live.example/stream.m3u8" })],
    ["transfer", "coin", () => void openWallet({ opponent: other ?? state.bot?.user_id })],
    ["unknown", "warn", () => void send("PLAIN_HOLOGRAM", { hello: "from the future" })],
    ["burst", "burst", () => void sayBurst(box.value.trim() || "/ping")],
    ["raw", "code", openRaw],
    ...(mine ? [/** @type {[string, string, () => void]} */ (["recall", "recall", () => void takeBack(mine)])] : []),
  ];
}

export function openSamples() {
  if (!state.open) return;
  const rows = kinds().map(([key, name, act]) =>
    el("button.sample", { data: { sample: key }, on: { click: () => { dialog.close(); byId("draft").focus(); act(); } } }, icon(name), el("span", {}, t(`samples.${key}`))));
  const dialog = openDialog(t("samples.title"), { closeLabel: t("close") }, el("p.facts", {}, t("samples.note")), el("div.samples", {}, ...rows));
}
