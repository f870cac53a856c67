// Puts the page together: words, theme, parts, then who is speaking and the line to the sandbox.
// @ts-check
import { become, refreshState } from "./actions.js";
import { ApiError } from "./api.js";
import { drawLog, startChat } from "./chat.js";
import { drawHead } from "./chat_head.js";
import { drawComposer, startComposer } from "./composer.js";
import { byId, icon } from "./dom.js";
import { applyTexts, currentLanguage, firstLanguage, loadLanguage, t } from "./i18n.js";
import { drawInspector, startInspector } from "./inspector.js";
import { drawList, startList } from "./list.js";
import { drawRail, startRail } from "./rail.js";
import { startShortcuts } from "./shortcuts.js";
import { listen } from "./socket.js";
import { on, state } from "./store.js";
import { describeTheme, startTheme } from "./theme_switch.js";
import { drawWeather, startWeather } from "./weather.js";
import { toggleInspector } from "./views.js";

const WIDE_PX = 1180;

function redraw() {
  applyTexts();
  describeTheme();
  drawRail();
  drawList();
  drawHead();
  drawComposer();
  drawInspector();
  drawWeather();
  drawLog();
}

async function switchLanguage() {
  const next = currentLanguage() === "en" ? "zh" : "en";
  localStorage.setItem("sandbox.language", next);
  await loadLanguage(next);
  redraw();
}

/** Somebody to be at the start: the one of the last visit, else the first. */
function firstPerson() {
  const kept = localStorage.getItem("sandbox.me");
  return (state.people.find((one) => one.user_id === kept) ?? state.people[0])?.user_id ?? "";
}

/** Until the sandbox answers for the first time; the line across the page says so meanwhile. */
async function reachState() {
  for (let wait = 250; ; wait = Math.min(5000, wait * 2)) {
    try {
      await refreshState();
      return;
    } catch (error) {
      const locked = error instanceof ApiError && error.status === 401;
      byId("line").textContent = t(locked ? "line.token" : "line.lost");
      byId("line").hidden = false;
      await new Promise((done) => setTimeout(done, wait));
    }
  }
}

async function start() {
  await loadLanguage(firstLanguage());
  for (const place of document.querySelectorAll("[data-icon]")) place.replaceChildren(icon(place.getAttribute("data-icon") ?? ""));
  startRail();
  startList();
  startChat();
  startComposer();
  startInspector();
  startWeather();
  startShortcuts();
  startTheme(redraw);
  toggleInspector(innerWidth >= WIDE_PX);
  document.body.dataset.view = "list";
  byId("language").addEventListener("click", () => void switchLanguage());
  on("line", () => (byId("line").hidden = state.online));
  await reachState();
  byId("line").hidden = true;
  redraw();
  let listeningAs = "";
  on("people", () => {
    document.title = t("page.title");
    if (state.me === listeningAs || !state.me) return;
    listeningAs = state.me;
    listen();
  });
  await become(firstPerson());
  byId("draft").focus({ preventScroll: true });
  document.body.dataset.ready = "true";
}

void start();
