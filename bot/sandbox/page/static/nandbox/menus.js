// Menus as rows of buttons, below a message or above the box where one writes.
// @ts-check
import { readable } from "../colors.js";
import { el, icon } from "../dom.js";
import { t } from "../i18n.js";
import { buttonSurface } from "../theme_switch.js";
import { press } from "./actions.js";
import { state } from "./store.js";

const MOST = 6;

/** The menu that is shown of several: the one that a press led to, else the one that was named first.
 * @param {any[]} menus @param {string} first @param {string} key of the message or chat
 */
function shown(menus, first, key) {
  const wanted = state.menu[key] || first;
  return menus.find((menu) => menu.menu_ref === wanted) ?? menus[0];
}

/** @param {any} one */
const order = (one) => Number(one.row_order ?? one.button_order ?? 0) || 0;

/** @param {any[]} menus @param {string} first @param {string} key @param {import("./store.js").Message | null} message */
export function menu(menus, first, key, message) {
  const chosen = menus.length ? shown(menus, first, key) : null;
  if (!chosen) return null;
  const rows = [...chosen.rows].sort((a, b) => order(a) - order(b));
  return el("div.menu", { role: "group", "aria-label": t("button.group"), data: { menu: chosen.menu_ref } },
    ...rows.map((row) => line(row.buttons, chosen.menu_ref, message)));
}

/** @param {any[]} buttons @param {string} ref @param {import("./store.js").Message | null} message */
function line(buttons, ref, message) {
  const sorted = [...buttons].sort((a, b) => order(a) - order(b));
  const span = 6 / Math.min(MOST, [1, 1, 2, 3, 6, 6, 6][Math.min(6, sorted.length)]);
  return el("div.button-grid", {}, ...sorted.map((one) => button(one, ref, span, message)));
}

/** @param {any} one @param {string} ref @param {number} span @param {import("./store.js").Message | null} message */
function button(one, ref, span, message) {
  const label = el("span.label", { dir: "auto" }, String(one.button_label || one.button_callback));
  const style = { "--label": readable(String(one.button_textcolor ?? one.button_text_color ?? ""), buttonSurface()), "--span": span };
  const act = () => void press(one, ref, message);
  const link = !one.chat && /^https?:\/\//i.test(String(one.button_url ?? "")) ? String(one.button_url) : "";
  if (link)
    return el("a.chat-button", { href: link, target: "_blank", rel: "noopener noreferrer", style, title: link, on: { click: act } },
      label, icon("link"), el("span.hidden-text", {}, t("button.newTab")));
  const asks = one.button_query ? t(`nandbox.asks.${one.button_query === "contact" ? "contact" : "location"}`) : "";
  return el("button.chat-button", { style, title: asks || null, on: { click: act } }, label, asks ? icon("pin") : null);
}
