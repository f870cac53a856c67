// The composer: saves while somebody writes, and shows what follows from it. Without this, the Save button does.
// @ts-check
"use strict";
import { fill } from "./nodes.js";
import { readable } from "./colors.js";

const PAUSE_MS = 500;
const form = /** @type {HTMLFormElement | null} */ (document.querySelector("form#composer"));

let wanted = 0;
let saving = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
/** @type {HTMLElement | null} a button that was pressed while something was on its way */
let submitted = null;

/** @param {string} selector @returns {HTMLElement | null} */
function place(selector) {
  return document.querySelector(selector);
}

/** @param {string} selector @param {string} text */
function say(selector, text) {
  const found = place(selector);
  if (found && found.textContent !== text) found.textContent = text;
}

/** @param {string} text */
function trouble(text) {
  const found = place("[data-trouble]");
  if (!found) return;
  found.textContent = text;
  found.hidden = !text;
}

function later() {
  wanted += 1;
  clearTimeout(timer);
  timer = setTimeout(() => void save(), PAUSE_MS);
}

/** One at a time; what was written meanwhile is saved next. */
async function save() {
  if (!form || saving) return;
  saving = true;
  const now = wanted;
  try {
    const body = new URLSearchParams(/** @type {any} */ (new FormData(form)));
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    const said = await answer.json();
    if (!answer.ok) trouble(said.trouble ?? String(answer.status));
    else show(said);
  } catch {
    timer = setTimeout(() => void save(), 4 * PAUSE_MS);
  } finally {
    saving = false;
  }
  if (submitted) {
    const by = submitted;
    submitted = null;
    form.requestSubmit(by === form ? null : by);
  } else if (now !== wanted) later();
}

/** @param {any} said */
function show(said) {
  if (!form) return;
  trouble("");
  if (form.action !== new URL(said.place, location.href).href) {
    form.action = said.place;
    history.replaceState(null, "", said.place);
    form.dataset.number = said.number;
  }
  const version = form.elements.namedItem("version");
  if (version instanceof HTMLInputElement) version.value = said.version;
  say("[data-saved]", said.saved);
  say("[data-sum]", said.sum);
  say("[data-lasts]", said.lasts);
  const problems = place("[data-problems]");
  if (problems) fill(problems, said.problems.map((/** @type {string} */ each) => ["li", {}, `⚠ ${each}`]));
  for (const [language, size] of Object.entries(said.sizes)) say(`[data-size="${language}"]`, String(size));
  showPreviews(said.previews);
}

/** @param {Record<string, any[]>} previews */
function showPreviews(previews) {
  const chat = place("[data-chat]");
  if (!chat) return;
  const codes = [...chat.querySelectorAll("[data-preview]")].map((each) => each.getAttribute("data-preview"));
  if (JSON.stringify(codes) !== JSON.stringify(Object.keys(previews))) {
    chat.replaceChildren();
    for (const language of Object.keys(previews)) {
      const title = document.createElement("h3");
      title.textContent = document.querySelector(`[data-speech="${language}"] > legend`)?.textContent ?? language;
      const log = document.createElement("div");
      log.className = "chat-log";
      log.dataset.preview = language;
      chat.append(title, log);
    }
  }
  for (const log of chat.querySelectorAll("[data-preview]")) fill(log, previews[log.getAttribute("data-preview") ?? ""] ?? []);
  paint();
}

/** The colours of buttons, made readable on what is behind them. */
function paint() {
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".chat-button[data-color]")))
    button.style.setProperty("--label", readable(button.dataset.color ?? "", getComputedStyle(button).backgroundColor));
}

/** Fields of the other shapes are out of the way, and one blank button at a time is offered. */
function tidy() {
  if (!form) return;
  const shape = new FormData(form).get("shape");
  for (const part of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("[data-only]"))) part.hidden = part.dataset.only !== shape;
  for (const group of form.querySelectorAll("details.buttons")) {
    let offered = false;
    for (const slot of /** @type {NodeListOf<HTMLElement>} */ (group.querySelectorAll(".slot"))) {
      const used = [...slot.querySelectorAll("input")].some((input) => input.value);
      slot.hidden = !used && offered;
      offered ||= !used;
    }
  }
  for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("input[data-label]")))
    input.setAttribute("aria-invalid", String([...input.value].length > 36));
}

if (form) {
  document.documentElement.classList.add("with-script");
  const zone = form.elements.namedItem("zone");
  if (zone instanceof HTMLInputElement && zone.value === "UTC" && !form.dataset.number) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  form.addEventListener("input", (event) => {
    const field = /** @type {HTMLInputElement} */ (event.target);
    if (["test_who", "add", "file"].includes(field.name)) return;
    const choice = field.dataset.for;
    if (choice) {
      const radio = form.querySelector(`input[type="radio"][value="${choice}"]`);
      if (radio instanceof HTMLInputElement) radio.checked = true;
    }
    tidy();
    later();
  });
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (!saving) return;
    event.preventDefault(); // what is on its way is answered first, so that the two do not look like two people
    submitted = event.submitter ?? form;
  });
  for (const button of form.querySelectorAll("[data-toggle]"))
    button.addEventListener("click", () => {
      const chat = place("[data-chat]");
      if (chat) chat.toggleAttribute(`data-${button.getAttribute("data-toggle")}`);
      button.setAttribute("aria-pressed", String(chat?.hasAttribute(`data-${button.getAttribute("data-toggle")}`)));
      paint();
    });
  tidy();
}
paint();

/** Send is offered once the number is typed; the server asks for it in any case. */
const typed = /** @type {HTMLInputElement | null} */ (document.querySelector("input[data-typed]"));
const send = /** @type {HTMLButtonElement | null} */ (document.querySelector("button[data-send]"));
if (typed && send) {
  const check = () => {
    send.disabled = typed.value.replace(/\D/g, "") !== typed.dataset.typed;
  };
  typed.addEventListener("input", check);
  check();
}
