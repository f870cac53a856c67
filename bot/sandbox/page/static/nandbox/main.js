// Puts nandbox's page together: words, theme, parts, then who is speaking and the line to the sandbox.
// @ts-check
import { ApiError } from "../api.js";
import { byId, icon } from "../dom.js";
import { applyTexts, currentLanguage, firstLanguage, loadLanguage, t } from "../i18n.js";
import { describeTheme, startTheme } from "../theme_switch.js";
import { isNarrow, show } from "../views.js";
import { become, refreshState } from "./actions.js";
import { drawComposer, startComposer } from "./composer.js";
import { drawHead, startHead } from "./head.js";
import { drawList, startList } from "./list.js";
import { drawLog, startLog } from "./log.js";
import { drawRail, startRail } from "./rail.js";
import { listen } from "./socket.js";
import { on, state } from "./store.js";
import { drawWeather, startWeather } from "./weather.js";

function redraw() {
  applyTexts();
  document.title = t("nandbox.title");
  describeTheme();
  drawRail();
  drawList();
  drawHead();
  drawLog();
  drawComposer();
  drawWeather();
}

async function switchLanguage() {
  const next = currentLanguage() === "en" ? "zh" : "en";
  localStorage.setItem("sandbox.language", next);
  await loadLanguage(next);
  redraw();
}

/** Until the sandbox answers. @param {() => Promise<unknown>} ask */
async function reach(ask) {
  for (let wait = 250; ; wait = Math.min(5000, wait * 2)) {
    try {
      await ask();
      byId("line").hidden = true;
      return;
    } catch (error) {
      byId("line-words").textContent = t(error instanceof ApiError && error.status === 401 ? "line.token" : "line.lost");
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
  startHead();
  startLog();
  startComposer();
  startWeather();
  startTheme(redraw);
  show("list");
  byId("language").addEventListener("click", () => void switchLanguage());
  on(["online"], () => (byId("line").hidden = state.online));
  await reach(refreshState);
  let listeningAs = "";
  on(["people"], () => {
    if (state.me === listeningAs || !state.me) return;
    listeningAs = state.me;
    listen();
  });
  const kept = localStorage.getItem("sandbox.nandbox.me") ?? "";
  await reach(() => become(state.people.some((one) => one.id === kept) ? kept : state.people[0]?.id ?? ""));
  redraw();
  if (!isNarrow()) byId("draft").focus({ preventScroll: true });
  document.body.dataset.ready = "true";
}

void start();
