// Searching the open conversation: the sandbox looks through all of it, the arrows go from one find to the next.
// @ts-check
import { words } from "./actions.js";
import { api } from "./api.js";
import { reveal } from "./chat.js";
import { byId, el, icon } from "./dom.js";
import { t } from "./i18n.js";
import { on, state } from "./store.js";
import { toast } from "./toast.js";
import { show } from "./views.js";

const MOST = 500;

/** @type {string[]} ids of what was found, the newest first */
let found = [];
let at = 0;
let turn = 0;
let timer = 0;

function field() {
  return /** @type {HTMLInputElement} */ (byId("find-field"));
}

function tell() {
  const wanted = field().value.trim();
  byId("find-count").textContent = !wanted ? "" : found.length ? t("find.count", { at: at + 1, count: found.length }) : t("find.none");
  for (const id of ["find-older", "find-newer"]) /** @type {HTMLButtonElement} */ (byId(id)).disabled = found.length < 2;
}

/** @param {number} step 1 for an older one */
function go(step) {
  if (!found.length) return;
  at = (at + step + found.length) % found.length;
  tell();
  void reveal(found[at]);
}

async function search() {
  const wanted = field().value.trim();
  const mine = ++turn;
  try {
    const rows = wanted ? await api.messages(state.me, state.open, { containing: wanted, limit: MOST }) : [];
    if (mine !== turn) return;
    found = rows.map((/** @type {any} */ one) => String(one.message_id)).reverse();
    at = 0;
    go(0);
    tell();
  } catch (error) {
    if (mine === turn) toast(words(error));
  }
}

function close() {
  if (byId("find").hidden) return;
  clearTimeout(timer);
  turn += 1;
  byId("find").hidden = true;
  byId("find").replaceChildren();
  byId("draft").focus();
}

export function openFind() {
  show("chat");
  if (byId("find").hidden) {
    const input = el("input", { id: "find-field", type: "search", autocomplete: "off", spellcheck: "false", "aria-label": t("find.open"), placeholder: t("find.open") });
    const step = (/** @type {string} */ id, /** @type {number} */ by, /** @type {string} */ name) =>
      el("button.icon-button", { id, "aria-label": t(id === "find-older" ? "find.older" : "find.newer"), on: { click: () => go(by) } }, icon(name));
    byId("find").replaceChildren(el("label.search", {}, icon("search"), input), el("span.facts", { id: "find-count", role: "status" }),
      step("find-older", 1, "up"), step("find-newer", -1, "down"),
      el("button.icon-button", { "aria-label": t("find.close"), on: { click: close } }, icon("close")));
    byId("find").hidden = false;
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => void search(), 120);
    });
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Escape") close();
      else if (event.key === "Enter") go(event.shiftKey ? -1 : 1);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    tell();
  }
  field().focus();
  field().select();
}

export function startFind() {
  on("open", close);
}
