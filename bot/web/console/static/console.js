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
