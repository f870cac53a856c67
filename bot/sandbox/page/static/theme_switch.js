// Auto, light, dark: kept for this origin; the colour of the browser's own frame follows.
// @ts-check
import { byId } from "./dom.js";
import { t } from "./i18n.js";

const CHOICES = ["auto", "light", "dark"];
const system = matchMedia("(prefers-color-scheme: dark)");

/** @type {() => void} */
let repaint = () => undefined;

/** @returns {string} */
export function chosenTheme() {
  return document.documentElement.dataset.theme ?? "auto";
}

/** @param {string} theme one of the choices */
export function setTheme(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  localStorage.setItem("sandbox.theme", theme);
  describeTheme();
  repaint();
}

export function contrastOn() {
  return document.documentElement.dataset.contrast === "more";
}

/** @param {boolean} on */
export function setContrast(on) {
  if (on) document.documentElement.dataset.contrast = "more";
  else delete document.documentElement.dataset.contrast;
  localStorage.setItem("sandbox.contrast", on ? "more" : "");
}

export function isDark() {
  return chosenTheme() === "auto" ? system.matches : chosenTheme() === "dark";
}

/** @param {() => void} act called after every change, by hand or by the system */
export function startTheme(act) {
  repaint = act;
  byId("theme").addEventListener("click", () => setTheme(CHOICES[(CHOICES.indexOf(chosenTheme()) + 1) % CHOICES.length]));
  system.addEventListener("change", () => {
    describeTheme();
    repaint();
  });
}

export function describeTheme() {
  const words = t("theme.now", { theme: t(`theme.${chosenTheme()}`) });
  byId("theme").setAttribute("aria-label", words);
  byId("theme").title = words;
  document.querySelector("meta[name=theme-color]")?.setAttribute("content", isDark() ? "#23272b" : "#ffffff");
}

/** The least favourable colour behind the bot's buttons, that of a button under the pointer, as `#RRGGBB`. */
export function buttonSurface() {
  return isDark() ? "#363c43" : "#f0f2f5";
}
