// Pieces of a page, `[tag, attributes, child, …]`, as elements: what the server writes as HTML elsewhere.
// @ts-check
"use strict";

/** @typedef {[string, Record<string, string>, ...(string | Piece)[]]} Piece */

const SVG = new Set(["svg", "rect"]);

/** @param {(string | Piece)[]} pieces @returns {Node[]} */
export function build(pieces) {
  return pieces.map(made);
}

/** @param {string | any[]} piece @returns {Node} */
function made(piece) {
  if (typeof piece === "string") return document.createTextNode(piece);
  const [tag, attributes, ...children] = piece;
  const element = SVG.has(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children.map(made));
  return element;
}

/** Put pieces in the place of what is there, unless it is the same. @param {Element} place @param {(string | Piece)[]} pieces */
export function fill(place, pieces) {
  const key = JSON.stringify(pieces);
  if (place.getAttribute("data-key") === key) return;
  place.replaceChildren(...build(pieces));
  place.setAttribute("data-key", key);
}
