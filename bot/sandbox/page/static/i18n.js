// The page's own words: one flat catalog for each language, `{name}` placeholders, `.one`/`.other` for counts.
// @ts-check

/** @type {Record<string, string>} */
let texts = {};
let language = "en";

/** @param {string} wanted */
export async function loadLanguage(wanted) {
  const answer = await fetch(new URL(`./locales/${wanted}.json`, import.meta.url));
  texts = await answer.json();
  language = wanted;
  document.documentElement.lang = locale();
  document.documentElement.dataset.language = wanted;
}

/** The language that was chosen before, else the one that the server picked. */
export function firstLanguage() {
  const kept = localStorage.getItem("sandbox.language");
  return kept === "en" || kept === "zh" ? kept : document.documentElement.dataset.language ?? "en";
}

export function currentLanguage() {
  return language;
}

export function locale() {
  return language === "zh" ? "zh-CN" : "en";
}

/** @param {string} key @param {Record<string, string | number>} [values] */
export function t(key, values = {}) {
  return (texts[key] ?? key).replace(/\{(\w+)\}/g, (all, name) => (name in values ? String(values[name]) : all));
}

/** @param {string} key @param {number} count @param {Record<string, string | number>} [values] */
export function plural(key, count, values = {}) {
  const form = new Intl.PluralRules(locale()).select(count) === "one" ? "one" : "other";
  return t(`${key}.${form}`, { count: new Intl.NumberFormat(locale()).format(count), ...values });
}

/** @param {string} key */
export function has(key) {
  return key in texts;
}

/** Put the words of the current language into the parts that the server drew. */
export function applyTexts() {
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = t(node.getAttribute("data-text") ?? "");
  for (const node of document.querySelectorAll("[data-label]"))
    node.setAttribute("aria-label", t(node.getAttribute("data-label") ?? ""));
  for (const node of document.querySelectorAll("[data-placeholder]"))
    node.setAttribute("placeholder", t(node.getAttribute("data-placeholder") ?? ""));
  document.title = t("page.title");
}

/** @param {string} iso */
export function clockTime(iso) {
  return new Date(iso).toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit", hour12: false });
}

/** Today, yesterday, or the date in words. @param {string} iso */
export function dayName(iso) {
  const day = new Date(iso);
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(iso).setHours(0, 0, 0, 0)) / 86_400_000);
  if (days === 0 || days === 1) return t(days === 0 ? "day.today" : "day.yesterday");
  return day.toLocaleDateString(locale(), { year: "numeric", month: "long", day: "numeric" });
}

/** Short age for lists: now, 5m, 3h, else the date. @param {string} iso */
export function shortAge(iso) {
  const seconds = (Date.now() - new Date(iso).getTime()) / 1000;
  if (!(seconds >= 60)) return t("age.now");
  if (seconds < 3600) return t("age.minutes", { count: Math.floor(seconds / 60) });
  if (seconds < 86_400) return t("age.hours", { count: Math.floor(seconds / 3600) });
  return new Date(iso).toLocaleDateString(locale(), { month: "short", day: "numeric" });
}

/** @param {number} bytes */
export function fileSize(bytes) {
  if (!Number.isFinite(bytes)) return t("size.unknown");
  const units = ["B", "kB", "MB", "GB"];
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${new Intl.NumberFormat(locale(), { maximumFractionDigits: unit && value < 10 ? 1 : 0 }).format(value)} ${units[unit]}`;
}
