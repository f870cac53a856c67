// A switch takes effect at once; without script the button does it.
// @ts-check
const form = /** @type {HTMLFormElement} */ (document.querySelector("form.switches"));
form.addEventListener("change", () => form.requestSubmit());
