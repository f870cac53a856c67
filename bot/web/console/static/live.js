// The page of a broadcast: shows what the server says of it, and says so when it says nothing.
// @ts-check
"use strict";
import { fill } from "./nodes.js";

const QUIET_MS = 12_000;
const AGAIN_MS = 2_000;
const page = /** @type {HTMLElement | null} */ (document.querySelector("[data-live-page]"));

/** @type {EventSource | null} */
let source = null;
let heardAt = Date.now();

/** @param {any} view */
function show(view) {
  if (!page) return;
  page.dataset.state = view.state;
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (page.querySelectorAll("[data-word]"))) {
    const word = view.words[place.dataset.word ?? ""];
    if (word === undefined) continue;
    if (place.textContent !== word) place.textContent = word;
    if (["hold", "why"].includes(place.dataset.word ?? "")) place.hidden = !word;
  }
  for (const place of page.querySelectorAll("[data-nodes]")) {
    const pieces = view.nodes[place.getAttribute("data-nodes") ?? ""] ?? [];
    fill(place, pieces);
    const empty = /** @type {HTMLElement | null} */ (page.querySelector(`[data-empty="${place.getAttribute("data-nodes")}"]`));
    if (empty) empty.hidden = pieces.length > 0;
  }
  for (const form of /** @type {NodeListOf<HTMLElement>} */ (page.querySelectorAll("form[data-action]")))
    form.hidden = !view.actions.includes(form.dataset.action);
  const bar = page.querySelector("[data-progress]");
  if (bar instanceof HTMLProgressElement) {
    bar.max = view.total || 1;
    bar.value = view.done;
  }
  say("");
}

/** @param {string} text about the line itself */
function say(text) {
  const place = page?.querySelector("[data-line]");
  if (place && place.textContent !== text) place.textContent = text;
}

function connect() {
  if (!page) return;
  source?.close();
  source = new EventSource(page.dataset.events ?? "");
  source.addEventListener("message", (event) => {
    heardAt = Date.now();
    show(JSON.parse(event.data));
  });
  source.addEventListener("error", () => {
    say(page.dataset.lost ?? "");
    if (source?.readyState === EventSource.CLOSED) setTimeout(connect, AGAIN_MS);
  });
}

if (page) {
  connect();
  // A machine that slept may believe in a line that is long gone.
  setInterval(() => {
    if (Date.now() - heardAt < QUIET_MS) return;
    heardAt = Date.now();
    say(page.dataset.lost ?? "");
    connect();
  }, AGAIN_MS);
}
