// A search field over a list of any length: only the rows on the screen exist, the rest are asked for as one scrolls.
// @ts-check
import { el, icon } from "./dom.js";
import { t } from "./i18n.js";

const PAGE = 50;
const SPARE_ROWS = 6;
const ROW_PX = 52;
const PAUSE_MS = 90;

/**
 * Arrow keys move through the rows while the field keeps the focus, as in a combobox; Enter takes the one that is lit.
 * @template T
 * @param {{label: string, hint: string, load: (search: string, offset: number, limit: number) => Promise<{items: T[], total: number}>,
 *   draw: (item: T) => Node[], choose: (item: T) => void, isChosen?: (item: T) => boolean, many?: boolean, rows?: number}} options
 */
export function chooser({ label, hint, load, draw, choose, isChosen = () => false, many = false, rows = 8 }) {
  const listId = `list-${crypto.randomUUID()}`;
  const field = /** @type {HTMLInputElement} */ (el("input", { type: "search", role: "combobox", "aria-expanded": "true", "aria-controls": listId,
    "aria-autocomplete": "list", "aria-label": hint, placeholder: hint, autocomplete: "off", spellcheck: "false" }));
  const space = el("div.chooser-space", { role: "none" });
  const list = el("div.chooser-list", { id: listId, role: "listbox", "aria-label": label, "aria-multiselectable": many ? "true" : null,
    style: { "--rows": String(rows), "--row": `${ROW_PX}px` } }, space);
  const count = el("p.facts", { role: "status" });

  /** @type {Map<number, T>} */
  let items = new Map();
  /** @type {Set<number>} */
  let asked = new Set();
  let [total, lit, turn, timer] = [0, 0, 0, 0];

  /** @param {number} page */
  async function fetchPage(page) {
    if (asked.has(page)) return;
    asked.add(page);
    const mine = turn;
    try {
      const found = await load(field.value.trim(), page * PAGE, PAGE);
      if (mine !== turn) return;
      total = found.total;
      found.items.forEach((item, at) => items.set(page * PAGE + at, item));
      render();
    } catch {
      if (mine !== turn) return;
      asked.delete(page);
      count.textContent = t("line.unreachable");
    }
  }

  /** @type {Promise<void>} */
  let first = Promise.resolve();

  function restart() {
    clearTimeout(timer);
    timer = 0;
    turn += 1;
    [items, asked, lit] = [new Map(), new Set(), 0];
    list.scrollTop = 0;
    first = fetchPage(0);
  }

  /** What was typed last has been looked for. */
  function settled() {
    if (timer) restart();
    return first;
  }

  function render() {
    const from = Math.max(0, Math.floor(list.scrollTop / ROW_PX) - SPARE_ROWS);
    const to = Math.min(total, Math.ceil((list.scrollTop + (list.clientHeight || rows * ROW_PX)) / ROW_PX) + SPARE_ROWS);
    for (let page = Math.floor(from / PAGE); page * PAGE < to; page += 1) void fetchPage(page);
    space.style.setProperty("height", `${total * ROW_PX}px`);
    space.replaceChildren(...Array.from({ length: Math.max(0, to - from) }, (_, at) => option(from + at)));
    field.setAttribute("aria-activedescendant", total ? `${listId}-${lit}` : "");
    count.textContent = total ? t("chooser.count", { count: total.toLocaleString() }) : t("chooser.none");
  }

  /** @param {number} index */
  function option(index) {
    const item = items.get(index);
    const chosen = item !== undefined && isChosen(item);
    return el(index === lit ? "div.chooser-row.lit" : "div.chooser-row", { id: `${listId}-${index}`, role: "option", "aria-selected": String(chosen),
      "aria-posinset": String(index + 1), "aria-setsize": String(total), style: { transform: `translateY(${index * ROW_PX}px)` },
      on: { click: () => take(index), pointermove: () => index !== lit && light(index, false) } },
    ...(item === undefined ? ["…"] : draw(item)), chosen ? icon("check") : null);
  }

  /** @param {number} index @param {boolean} follow whether the list scrolls along */
  function light(index, follow) {
    lit = Math.max(0, Math.min(total - 1, index));
    if (follow) {
      const [top, bottom] = [lit * ROW_PX, (lit + 1) * ROW_PX];
      if (top < list.scrollTop) list.scrollTop = top;
      else if (bottom > list.scrollTop + list.clientHeight) list.scrollTop = bottom - list.clientHeight;
      render();
    }
    for (const node of space.children) node.classList.toggle("lit", node.id === `${listId}-${lit}`);
    field.setAttribute("aria-activedescendant", `${listId}-${lit}`);
  }

  /** @param {number} index */
  function take(index) {
    const item = items.get(index);
    if (item === undefined) return;
    choose(item);
    if (many) render();
  }

  const STEPS = { ArrowDown: 1, ArrowUp: -1, PageDown: rows, PageUp: -rows };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(restart, PAUSE_MS);
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key in STEPS) light(lit + STEPS[/** @type {keyof typeof STEPS} */ (event.key)], true);
    else if (event.key === "Enter") void settled().then(() => take(lit));
    else return;
    event.preventDefault();
  });
  list.addEventListener("scroll", render, { passive: true });
  restart();
  return { field, element: el("div.chooser", {}, el("label.search", {}, icon("search"), field), list, count), refresh: render };
}
