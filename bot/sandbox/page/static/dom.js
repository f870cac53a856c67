// Elements from plain values. The only ways in are createElement, createTextNode and attributes: nothing parses HTML.
// @ts-check

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} tag name, with classes after dots: `button.tool.wide`
 * @param {Record<string, any>} [props] `on` maps events to listeners, `data` to data-*, `style` to CSS properties;
 *   the rest are attributes, and `false`, `null` and `undefined` leave them out
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElement}
 */
export function el(tag, props = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const made = document.createElement(name);
  if (classes.length) made.className = classes.join(" ");
  if (made instanceof HTMLButtonElement) made.type = "button";
  for (const [key, value] of Object.entries(props)) {
    if (value === false || value === null || value === undefined) continue;
    if (key === "on") for (const [event, act] of Object.entries(value)) made.addEventListener(event, act);
    else if (key === "data") Object.assign(made.dataset, value);
    else if (key === "style") for (const [css, v] of Object.entries(value)) made.style.setProperty(css, String(v));
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** @param {string} id */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element #${id}`);
  return found;
}

/** Give a place its children; what stands there already stays. So no press gets lost between down and up, no focus, and
 * nothing is announced twice. What the listeners of a child depend on has to show in its attributes.
 * @param {Element} place @param {...(Node | string)} children
 */
export function refill(place, ...children) {
  children.forEach((child, at) => {
    const [node, before] = [typeof child === "string" ? document.createTextNode(child) : child, place.childNodes[at]];
    if (!before) place.append(node);
    else if (!before.isEqualNode(node)) before.replaceWith(node);
  });
  while (place.childNodes.length > children.length) place.lastChild?.remove();
}

/** Draw messages anew; the focus stays on the control that is the same one, or at least in the place.
 * @param {HTMLElement} place @param {() => void} draw
 */
export function keepFocus(place, draw) {
  const held = document.activeElement;
  if (!(held instanceof HTMLElement) || held === place || !place.contains(held)) return draw();
  const row = held.closest("[data-message]");
  const at = row ? controls(row).indexOf(held) : -1;
  draw();
  if (document.activeElement !== document.body) return;
  const now = row && place.querySelector(`[data-message="${CSS.escape(row.getAttribute("data-message") ?? "")}"]`);
  (held.isConnected ? held : (now && controls(now)[at]) ?? place).focus({ preventScroll: true });
}

/** @param {Element} row @returns {HTMLElement[]} */
function controls(row) {
  return [...row.querySelectorAll(/** @type {"button"} */ ("a, button, input, [tabindex]"))];
}

/** A modal dialog that gives the focus back to whoever opened it and leaves the page when it closes.
 * @param {string} title
 * @param {{wide?: boolean, closeLabel: string, onclose?: () => void}} options
 * @param {...(Node | string | null)} children
 */
export function openDialog(title, { wide = false, closeLabel, onclose }, ...children) {
  const opener = document.activeElement;
  const heading = el("h2", { id: `dialog-${crypto.randomUUID()}` }, title);
  const close = el("button.icon-button", { "aria-label": closeLabel, on: { click: () => dialog.close() } }, icon("close"));
  const dialog = /** @type {HTMLDialogElement} */ (
    el(wide ? "dialog.broad" : "dialog", { "aria-labelledby": heading.id },
      el("div.dialog-head", {}, heading, close),
      el("div.dialog-body", { tabindex: "0" }, ...children))
  );
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    onclose?.();
    if (document.activeElement === document.body && opener instanceof HTMLElement && opener.isConnected) opener.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

// Drawn for this page on a 24-unit grid, one stroke each.
const ICONS = {
  cloud: "M7 18a4 4 0 0 1-.6-7.96A6 6 0 0 1 18 9.5a4.3 4.3 0 0 1-.5 8.5z",
  storm: "M7 15a4 4 0 0 1-.6-7.96A6 6 0 0 1 18 6.5a4.3 4.3 0 0 1 .3 8.3M13 11l-3 5h4l-3 5",
  theme: "M12 3.5a8.5 8.5 0 1 0 0 17zM12 3.5a8.5 8.5 0 0 1 0 17",
  keyboard: "M3 7.5h18v9.5H3zM7 11h.01M10.5 11h.01M14 11h.01M17.5 11h.01M8 14h8",
  search: "M10.5 4.5a6 6 0 1 1 0 12 6 6 0 0 1 0-12zM15 15l5 5",
  down: "M12 5v13M6 12.5l6 6 6-6",
  chevron: "M7 9.500l5 5 5-5",
  back: "M15 5l-7 7 7 7",
  close: "M6 6l12 12M18 6L6 18",
  home: "M4 11l8-6.5 8 6.5M6.5 9.5V19h11V9.5M10 19v-5h4v5",
  frames: "M4 6h16M4 12h10M4 18h13M18 10l3 2-3 2",
  send: "M4 12l16-7-5 15-3.5-6z",
  plus: "M12 5v14M5 12h14",
  reply: "M10 7L4.5 12l5.5 5M5 12h8a6 6 0 0 1 6 6",
  link: "M9 6h9v9M18 6L7 17",
  copy: "M9 9h10v11H9zM6 15H5V4h10v2",
  check: "M4 12.5l5 5L20 7",
  clock: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM12 8v4.5l3 1.5",
  warn: "M12 4.5l9 15H3zM12 10v4.5M12 17h.01",
  bot: "M6 9h12v9.5H6zM12 9V5.5M9.5 13h.01M14.5 13h.01M10 16h4",
  group: "M9 5.5a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM3.5 19c.4-3.6 2.4-5 5.5-5s5.1 1.4 5.5 5M15.5 6a2.6 2.6 0 1 1 1 5M17 14.2c2.2.3 3.3 1.8 3.5 4.3",
  file: "M7 3.5h7l4 4v13H7zM14 3.500v4h4",
  image: "M4 5h16v14H4zM4 16l5-5 4 4 2.5-2.500L20 17M15 9h.01",
  video: "M4 6h11v12H4zM15 10.500l5-3v9l-5-3",
  audio: "M5 10v4M9 7v10M13 4.500v15M17 8v8M20.5 10.500v3",
  sticker: "M5 4h14v10l-6 6H5zM19 14h-6v6M9 9h.01M14 9h.01M9 12.500c1 1 3 1 4.5 0",
  pin: "M12 21c4-4.6 6-7.7 6-10.500a6 6 0 0 0-12 0C6 13.3 8 16.4 12 21zM12 8.500a2 2 0 1 1 0 4 2 2 0 0 1 0-4z",
  live: "M9 8.500l7 3.5-7 3.500zM3.5 5h17v14h-17z",
  person: "M12 4.500a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM5 20c.5-4.5 3-6 7-6s6.5 1.5 7 6",
  recall: "M12 4a8 8 0 1 1-8 8M4 5v5h5M6 6l12 12",
  coin: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM12 8v8M9.5 10h4a1.5 1.5 0 0 1 0 3h-3a1.5 1.5 0 0 0 0 3h4",
  shield: "M12 4l7 2.500V12c0 4-3 6.8-7 8-4-1.2-7-4-7-8V6.500z",
  settings: "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.500a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5zM9 14.500a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5z",
  wallet: "M4 7.500h13.500a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-11.500a2 2 0 0 1-2-2zM4 7.500a2 2 0 0 1 2-2h10M15.500 13.500h.01",
  crowd: "M8.500 6a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5zM15.500 6a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5zM3.500 18c.3-3 2-4.500 5-4.500s4.700 1.500 5 4.500M16.500 13.600c2.300.3 3.700 1.800 4 4.400",
  flag: "M7 20V5M7 5.500h10l-2 3.500 2 3.500H7",
  info: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM12 11v5M12 8h.01",
  block: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM6.500 6.500l11 11",
  code: "M9 7l-5 5 5 5M15 7l5 5-5 5",
  burst: "M4 8h7M4 12h11M4 16h7M15 6l5 6-5 6",
  bubble: "M4.500 5.500h15v10.500h-8.500l-4 3.500v-3.500h-2.500z",
  smile: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM9.500 10v.500M14.500 10v.500M8.500 13.800c1.500 2.800 5.500 2.800 7 0",
  up: "M12 19V6M6 11.500l6-6 6 6",
  share: "M14 5l6 5-6 5v-3c-5 0-8 1.500-10 5 .5-6 4-9.500 10-9.500z",
  lock: "M7 11h10v8.500H7zM9 11V8a3 3 0 0 1 6 0v3",
  pinned: "M9 4h6l-.800 6 3.300 3.500H6.500L9.800 10zM12 13.500V20",
  device: "M8 3.500h8v17H8zM11 17.500h2",
  again: "M19 12a7 7 0 1 1-2-4.900M19 4v4h-4",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
};

/** A picture that assistive technology passes over; whoever carries it has the words.
 * @param {string} name
 */
export function icon(name) {
  return svg("0 0 24 24", [ICONS[/** @type {keyof typeof ICONS} */ (name)] ?? ICONS.warn], "icon");
}

/** @param {string} box @param {string[]} paths @param {string} className */
export function svg(box, paths, className) {
  const made = document.createElementNS(SVG, "svg");
  made.setAttribute("viewBox", box);
  made.setAttribute("class", className);
  made.setAttribute("aria-hidden", "true");
  made.setAttribute("focusable", "false");
  for (const d of paths) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    made.append(path);
  }
  return made;
}
