// On narrow screens one of list, chat and inspector fills the page; on wide ones this only remembers.
// @ts-check
import { byId } from "./dom.js";

const narrow = matchMedia("(max-width: 759px)");

export function isNarrow() {
  return narrow.matches;
}

const PLACES = { list: "list", chat: "chat", inspector: "inspector" };

/** On a narrow screen the page that is shown is the main part of it. */
function markMain() {
  for (const [view, id] of Object.entries(PLACES)) {
    if (narrow.matches && view !== "chat" && document.body.dataset.view === view) byId(id).setAttribute("role", "main");
    else byId(id).removeAttribute("role");
  }
}

narrow.addEventListener("change", markMain);

/** @param {"list" | "chat" | "inspector"} view */
export function show(view) {
  document.body.dataset.view = view;
  markMain();
  if (view === "chat" && !narrow.matches) byId("draft").focus();
}

/** @param {boolean} [wanted] the other way round when left out */
export function toggleInspector(wanted) {
  const open = wanted ?? (isNarrow() ? document.body.dataset.view !== "inspector" : document.body.dataset.inspector !== "open");
  if (isNarrow()) show(open ? "inspector" : "chat");
  document.body.dataset.inspector = open ? "open" : "closed";
  document.querySelector("#inspector-toggle")?.setAttribute("aria-expanded", String(open));
}
