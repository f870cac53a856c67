// Which message the next one answers. The composer shows it and takes it; Esc or its cross lets it go.
// @ts-check

/** @type {import("./store.js").Message | null} */
let chosen = null;
/** @type {() => void} */
let redraw = () => undefined;

/** @param {() => void} act */
export function onQuote(act) {
  redraw = act;
}

/** @param {import("./store.js").Message | null} message */
export function quote(message) {
  chosen = message;
  redraw();
}

export function quoted() {
  return chosen;
}
