// Fields with their labels, and a form that says what went wrong where one can hear it.
// @ts-check
import { el } from "./dom.js";

/** @param {string} words @param {Record<string, any>} [props] of the input */
export function field(words, props = {}) {
  const input = /** @type {HTMLInputElement} */ (el("input", { type: "text", autocomplete: "off", spellcheck: "false", ...props }));
  return { input, label: el("label.field", {}, el("span", {}, words), input) };
}

/** @param {string} words @param {string} value @param {Record<string, any>} [props] of the text area */
export function area(words, value, props = {}) {
  const input = /** @type {HTMLTextAreaElement} */ (el("textarea", { rows: "6", spellcheck: "false", ...props }));
  input.value = value;
  return { input, label: el("label.field", {}, el("span", {}, words), input) };
}

/** @param {string} words @param {[string, string][]} options value and words @param {string} value */
export function select(words, options, value) {
  const input = /** @type {HTMLSelectElement} */ (el("select", {}, ...options.map(([key, name]) => el("option", { value: key }, name))));
  input.value = value;
  return { input, label: el("label.field", {}, el("span", {}, words), input) };
}

/** @param {string} words @param {boolean} on @param {(on: boolean) => void} [change] */
export function tickBox(words, on, change) {
  const input = /** @type {HTMLInputElement} */ (el("input", { type: "checkbox" }));
  input.checked = on;
  if (change) input.addEventListener("change", () => change(input.checked));
  return { input, label: el("label.check", {}, input, words) };
}

/** One of a few, as a group of radio buttons. @param {string} words @param {string} name @param {[string, string][]} options
 * @param {string} value @param {(value: string) => void} change
 */
export function radios(words, name, options, value, change) {
  return el("fieldset.radios", {}, el("legend", {}, words), ...options.map(([key, label]) => {
    const input = /** @type {HTMLInputElement} */ (el("input", { type: "radio", name, value: key }));
    input.checked = key === value;
    input.addEventListener("change", () => change(key));
    return el("label.check", {}, input, label);
  }));
}

/** A form with one button; while it works the button rests, and what failed stands above it.
 * @param {string} button @param {() => Promise<void>} act @param {(error: unknown) => string} words
 * @param {...(Node | null)} children
 */
export function fields(button, act, words, ...children) {
  const trouble = el("p.trouble", { role: "alert", hidden: true });
  const submit = /** @type {HTMLButtonElement} */ (el("button.primary", {}, button));
  submit.type = "submit";
  const form = el("form.fields", {}, ...children, trouble, el("div.dialog-actions", {}, submit));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit.disabled = true;
    trouble.hidden = true;
    act().catch((error) => {
      trouble.textContent = words(error);
      trouble.hidden = false;
    }).finally(() => (submit.disabled = false));
  });
  return form;
}
