// Puts the page together: words, theme, parts, then who is speaking and the line to the sandbox.
// @ts-check
import { become, refreshState } from "./actions.js";
import { ApiError } from "./api.js";
import { drawLog, startChat } from "./chat.js";
import { drawHead } from "./chat_head.js";
import { drawComposer, startComposer } from "./composer.js";
import { fetchPerson, startDirectory } from "./directory.js";
import { byId, icon } from "./dom.js";
import { startFind } from "./find.js";
import { applyTexts, currentLanguage, firstLanguage, loadLanguage, t } from "./i18n.js";
import { drawInspector, startInspector } from "./inspector.js";
import { drawList, startList } from "./list.js";
import { startPins } from "./pins.js";
import { drawRail, startRail } from "./rail.js";
import { openSettings } from "./settings.js";
import { startReset } from "./reset.js";
import { startShortcuts } from "./shortcuts.js";
import { listen } from "./socket.js";
import { on, state } from "./store.js";
import { describeTheme, startTheme } from "./theme_switch.js";
import { drawWeather, startWeather } from "./weather.js";
import { show, toggleInspector } from "./views.js";

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

/** @param {string} next */
async function switchLanguage(next) {
  localStorage.setItem("sandbox.language", next);
  await loadLanguage(next);
  redraw();
}

/** Somebody to be at the start: the one of the last visit, else the first. */
async function firstPerson() {
  const kept = localStorage.getItem("sandbox.me");
  const known = kept ? await fetchPerson(kept).catch(() => undefined) : undefined;
  return (known && !known.is_bot ? known : state.people[0])?.user_id ?? "";
}

/** Until the sandbox answers; the line across the page says so meanwhile. @param {() => Promise<unknown>} ask */
async function reach(ask) {
  for (let wait = 250; ; wait = Math.min(5000, wait * 2)) {
    try {
      await ask();
      byId("line").hidden = true;
      return;
    } catch (error) {
      const locked = error instanceof ApiError && error.status === 401;
      byId("line-words").textContent = t(locked ? "line.token" : "line.lost");
      byId("line").hidden = false;
      await new Promise((done) => setTimeout(done, wait));
    }
  }
}

async function start() {
  await loadLanguage(firstLanguage());
  for (const place of document.querySelectorAll("[data-icon]")) place.replaceChildren(icon(place.getAttribute("data-icon") ?? ""));
  startDirectory();
  startRail(() => openSettings(switchLanguage));
  startList();
  startChat();
  startComposer();
  startFind();
  startInspector();
  startPins();
  startWeather();
  startReset();
  startShortcuts();
  startTheme(redraw);
  toggleInspector(innerWidth >= WIDE_PX);
  show("list");
  byId("language").addEventListener("click", () => void switchLanguage(currentLanguage() === "en" ? "zh" : "en"));
  on("line", () => (byId("line").hidden = state.online));
  await reach(refreshState);
  redraw();
  let listeningAs = "";
  on("people", () => {
    document.title = t("page.title");
    if (state.me === listeningAs || !state.me) return;
    listeningAs = state.me;
    listen();
  });
  await reach(async () => become(await firstPerson()));
  byId("draft").focus({ preventScroll: true });
  document.body.dataset.ready = "true";
}

void start();
