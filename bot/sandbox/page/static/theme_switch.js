// Auto, light, dark: kept for this origin; the colour of the browser's own frame follows.
// @ts-check
import { byId } from "./dom.js";
import { t } from "./i18n.js";

const CHOICES = ["auto", "light", "dark"];
const system = matchMedia("(prefers-color-scheme: dark)");

/** @returns {string} */
function chosen() {
  return document.documentElement.dataset.theme ?? "auto";
}

export function isDark() {
  return chosen() === "auto" ? system.matches : chosen() === "dark";
}

/** @param {() => void} repaint called after every change, by hand or by the system */
export function startTheme(repaint) {
  byId("theme").addEventListener("click", () => {
    const next = CHOICES[(CHOICES.indexOf(chosen()) + 1) % CHOICES.length];
    if (next === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    localStorage.setItem("sandbox.theme", next);
    describeTheme();
    repaint();
  });
  system.addEventListener("change", () => {
    describeTheme();
    repaint();
  });
}

export function describeTheme() {
  const words = t("theme.now", { theme: t(`theme.${chosen()}`) });
  byId("theme").setAttribute("aria-label", words);
  byId("theme").title = words;
  document.querySelector("meta[name=theme-color]")?.setAttribute("content", isDark() ? "#23272b" : "#ffffff");
}

/** The colour behind the bot's buttons, as `#RRGGBB`. */
export function buttonSurface() {
  return isDark() ? "#2c3136" : "#ffffff";
}
