// What every page of the console gains by a script; without one each works as well.
// @ts-check
"use strict";

/** A form that would only be confirmed is sent at once: the link that led here was the wish. */
for (const form of document.querySelectorAll("form[data-at-once]")) {
  if (form instanceof HTMLFormElement) form.requestSubmit();
}

/** A choice of looks needs no button. */
for (const form of document.querySelectorAll("form.looks")) {
  if (!(form instanceof HTMLFormElement)) continue;
  form.addEventListener("change", () => form.requestSubmit());
}

/** A menu closes by Escape and by a click elsewhere. */
for (const menu of document.querySelectorAll("details.menu")) {
  if (!(menu instanceof HTMLDetailsElement)) continue;
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary")?.focus();
  });
  document.addEventListener("click", (event) => {
    if (event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
  });
}

/** The numbers of the page follow the service while somebody looks at it. */
const numbers = new Intl.NumberFormat(document.documentElement.lang);
const base = document.body.dataset.base;
/** @type {EventSource | null} */
let source = null;
let last = "";

/** @param {Record<string, unknown>} pulse */
function show(pulse) {
  for (const place of document.querySelectorAll("[data-live]")) {
    if (!(place instanceof HTMLElement)) continue;
    const value = pulse[place.dataset.live ?? ""];
    if (typeof value === "number") place.textContent = numbers.format(value);
  }
  for (const state of document.querySelectorAll("[data-line]")) {
    if (!(state instanceof HTMLElement)) continue;
    const text = state.querySelector("span:last-child");
    state.classList.toggle("ok", pulse.connected === true);
    state.classList.toggle("bad", pulse.connected !== true);
    const said = (pulse.connected ? state.dataset.yes : state.dataset.no) ?? "";
    if (text && text.textContent !== said) text.textContent = said;
  }
}

/** @param {boolean} lost */
function tell(lost) {
  const note = document.getElementById("pulse-lost");
  if (!note) return;
  note.hidden = !lost;
  note.textContent = lost ? (note.dataset.text ?? "").replace("{time}", last) : "";
}

function listen() {
  if (!base || source || document.visibilityState === "hidden") return;
  source = new EventSource(`${base}/live`);
  source.addEventListener("message", (event) => {
    last = new Date().toLocaleTimeString(document.documentElement.lang);
    show(JSON.parse(event.data));
    tell(false);
  });
  source.addEventListener("error", () => tell(last !== ""));
}

function pause() {
  source?.close();
  source = null;
}

document.addEventListener("visibilitychange", () => (document.visibilityState === "hidden" ? pause() : listen()));
window.addEventListener("pagehide", pause);
window.addEventListener("pageshow", listen);
