// @-mentions in groups: written with the number, as Mixin's apps do, and shown with the name.
// @ts-check
import { el } from "./dom.js";
import { linked } from "./markdown.js";
import { avatar } from "./people.js";
import { openConversation, person, state } from "./store.js";

const MOST = 6;

/** Somebody of the open conversation by number. @param {string} number */
function member(number) {
  return openConversation()?.participants.map(person).find((one) => one.identity_number === number)
    ?? [...state.known.values()].find((one) => one.identity_number === number);
}

/** A text of a group with its mentions as names. @param {string} text @returns {Node[]} */
export function named(text) {
  const made = [];
  let at = 0;
  for (const found of text.matchAll(/@(\d{4,12})(?!\d)/g)) {
    const who = member(found[1]);
    if (!who) continue;
    made.push(...linked(text.slice(at, found.index)), el("span.mention", { title: found[0] }, "@", el("bdi", {}, who.full_name)));
    at = found.index + found[0].length;
  }
  return [...made, ...linked(text.slice(at))];
}

/** Offers the members of a group while one writes `@`. @param {HTMLTextAreaElement} box @param {HTMLElement} place of the list */
export function offerMentions(box, place) {
  /** @type {import("./store.js").Person[]} */
  let offered = [];
  let lit = 0;

  function half() {
    const before = box.value.slice(0, box.selectionStart);
    return openConversation()?.category === "GROUP" ? /(?:^|\s)@([^\s@]*)$/.exec(before)?.[1] : undefined;
  }

  function draw() {
    const wanted = half()?.toLocaleLowerCase();
    const people = wanted === undefined ? [] : (openConversation()?.participants ?? []).filter((id) => id !== state.me).map(person);
    offered = people.filter((one) => `${one.identity_number} ${one.full_name}`.toLocaleLowerCase().includes(wanted ?? ""))
      .sort((a, b) => Number(b.is_bot ?? false) - Number(a.is_bot ?? false)).slice(0, MOST);
    lit = Math.min(lit, Math.max(0, offered.length - 1));
    place.hidden = !offered.length;
    place.replaceChildren(...offered.map((one, at) => el(at === lit ? "div.mention-row.lit" : "div.mention-row",
      { id: `mention-${at}`, role: "option", "aria-selected": String(at === lit), on: { pointerdown: (/** @type {Event} */ event) => { event.preventDefault(); take(one); } } },
      avatar(one), el("strong", {}, el("bdi", {}, one.full_name)), el("span.facts", {}, one.identity_number))));
    if (offered.length) box.setAttribute("aria-activedescendant", `mention-${lit}`);
    else box.removeAttribute("aria-activedescendant");
  }

  /** @param {import("./store.js").Person} one */
  function take(one) {
    const at = box.selectionStart - (half()?.length ?? 0);
    box.setRangeText(`${one.identity_number} `, at, box.selectionStart, "end");
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-controls", place.id);
  box.addEventListener("input", () => { lit = 0; draw(); });
  box.addEventListener("blur", () => { place.hidden = true; });
  return {
    /** Whether the key was for the list. @param {KeyboardEvent} event */
    takesKey(event) {
      if (place.hidden || !offered.length) return false;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") lit = (lit + (event.key === "ArrowDown" ? 1 : -1) + offered.length) % offered.length;
      else if (event.key === "Enter" || event.key === "Tab") take(offered[lit]);
      else if (event.key === "Escape") offered = [];
      else return false;
      event.preventDefault();
      if (event.key.startsWith("Arrow")) draw();
      if (event.key === "Escape") place.hidden = true;
      return true;
    },
  };
}
