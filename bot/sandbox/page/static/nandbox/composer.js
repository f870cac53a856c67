// Where one writes to nandbox: text, pictures, answers; the keypad of the chat, and the way to start the bot.
// @ts-check
import { byId, el, icon, refill } from "../dom.js";
import { t } from "../i18n.js";
import { toast } from "../toast.js";
import { attempt, refreshChats, refreshLog, refreshState, say } from "./actions.js";
import { calls } from "./calls.js";
import { summary } from "./contents.js";
import { menu } from "./menus.js";
import { changed, DIRECT, on, openChat, person, state } from "./store.js";

const TALLEST_PX = 160;
const MOST_BYTES = 10 * 1024 * 1024;

/** @type {HTMLTextAreaElement} */
let box;

function fit() {
  box.style.setProperty("height", "auto");
  box.style.setProperty("height", `${Math.min(TALLEST_PX, box.scrollHeight)}px`);
  /** @type {HTMLButtonElement} */ (byId("send")).disabled = !box.value.trim();
}

async function send() {
  const text = box.value.trim();
  if (!text) return;
  box.value = "";
  fit();
  if (!(await say({ text })) && !box.value) box.value = text;
  fit();
  box.focus();
}

/** @param {File | undefined} file */
async function sendPicture(file) {
  if (!file) return;
  if (file.size > MOST_BYTES) return toast(t("nandbox.tooLarge"));
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  const caption = box.value.trim();
  if (await say({ picture_base64: btoa(binary), name: file.name, ...(caption ? { text: caption } : {}) })) box.value = "";
  fit();
}

async function startBot() {
  await attempt(() => calls.changePerson(state.me, { bot: "started" }));
  await attempt(() => Promise.all([refreshState(), refreshChats(), refreshLog()]));
  box.focus();
}

/** What is being answered, whether the bot is there to hear it, the keypad, and whether it was started at all. */
export function drawNotes() {
  const message = state.reply;
  const drop = () => {
    state.reply = null;
    changed("reply");
    box.focus();
  };
  byId("answering").hidden = !message;
  refill(byId("answering"), ...(message ? [icon("reply"),
    el("span.tile-text", {}, el("strong", {}, el("bdi", {}, person(message.sender_id).name)), el("span.facts", { dir: "auto" }, summary(message))),
    el("button.icon-button", { "aria-label": t("quote.drop"), on: { click: drop } }, icon("close"))] : []));
  byId("bot-away").hidden = state.connected;
  refill(byId("bot-away"), ...(state.connected ? [] : [el("span.ring", { "aria-hidden": "true" }), t("nandbox.away")]));
  const stranger = state.open === DIRECT && openChat() && openChat()?.state !== "started";
  const bot = state.bot?.name ?? "";
  byId("composer-row").hidden = Boolean(stranger);
  byId("barrier").hidden = !stranger;
  refill(byId("barrier"), ...(stranger ? [el("p", {}, t(openChat()?.state === "stopped" ? "nandbox.stopped" : "nandbox.neverStarted", { bot })),
    el("button.primary", { id: "start-bot", on: { click: () => void startBot() } }, t("nandbox.start", { bot }))] : []));
  drawKeypad(Boolean(stranger));
}

/** @param {boolean} stranger who has not started the bot */
function drawKeypad(stranger) {
  const place = byId("keypad");
  const sign = JSON.stringify([stranger, state.me, state.open, state.keypad, state.menu[state.open], document.documentElement.lang, document.documentElement.dataset.theme]);
  if (place.dataset.sign === sign) return;
  place.dataset.sign = sign;
  const keypad = stranger ? null : menu(state.keypad.menus, state.keypad.first, state.open, null);
  place.hidden = !keypad;
  place.replaceChildren(...(keypad ? [keypad] : []));
}

export function drawComposer() {
  box.placeholder = t("composer.hint");
  box.setAttribute("aria-label", t("composer.label"));
  byId("send").setAttribute("aria-label", t("composer.send"));
  for (const name of ["aria-label", "title"]) byId("attach").setAttribute(name, t("nandbox.sendPicture"));
  drawNotes();
}

export function startComposer() {
  const form = byId("composer");
  box = /** @type {HTMLTextAreaElement} */ (el("textarea", { id: "draft", rows: "1", enterkeyhint: "send", dir: "auto", maxlength: "65536" }));
  const file = /** @type {HTMLInputElement} */ (el("input", { type: "file", accept: "image/*", hidden: true, id: "picture", "aria-hidden": "true", tabindex: "-1" }));
  file.addEventListener("change", () => {
    void sendPicture(file.files?.[0]);
    file.value = "";
  });
  const submit = el("button.send", { id: "send" }, icon("send"));
  submit.addEventListener("pointerdown", (event) => event.preventDefault());
  submit.addEventListener("click", () => void send());
  form.append(el("p.bot-away", { id: "bot-away", role: "status", hidden: true }), el("div.answering", { id: "answering", hidden: true }),
    el("div.barrier", { id: "barrier", hidden: true }), el("div.keypad", { id: "keypad", hidden: true }),
    el("div.composer-row", { id: "composer-row" }, el("button.icon-button", { id: "attach", on: { click: () => file.click() } }, icon("image")), file, box, submit));
  form.addEventListener("submit", (event) => event.preventDefault());
  box.addEventListener("input", fit);
  box.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      void send();
    }
    if (event.key === "Escape" && state.reply) {
      state.reply = null;
      changed("reply");
    }
  });
  on(["reply", "line", "chats", "log"], drawNotes);
  fit();
}
