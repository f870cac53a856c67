// One short notice at the bottom of the page, gone after six seconds.
// @ts-check
import { byId } from "./dom.js";

let timer = 0;

/** @param {string} words */
export function toast(words) {
  const place = byId("toast");
  place.textContent = words;
  place.classList.add("shown");
  clearTimeout(timer);
  timer = window.setTimeout(() => place.classList.remove("shown"), 6000);
}
