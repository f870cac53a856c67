// A switch takes effect at once; without script the button does it.
// @ts-check
const form = /** @type {HTMLFormElement} */ (document.querySelector("form.switches"));
form.addEventListener("change", () => form.requestSubmit());

const phone = /** @type {HTMLElement} */ (document.querySelector("main.phone"));
const frame = /** @type {HTMLIFrameElement | null} */ (phone.querySelector("iframe"));
const said = /** @type {HTMLElement} */ (document.querySelector(".said"));
const about = /** @type {HTMLDialogElement} */ (document.querySelector("dialog"));

/** What the capsule of Mixin's browser does, as far as one page can show it. @type {Record<string, (button: HTMLElement) => void>} */
const acts = {
  async share() {
    const address = about.querySelector("code")?.textContent ?? "";
    try {
      await navigator.clipboard.writeText(address);
      said.textContent = `${said.dataset.copied} ${address}`;
    } catch {
      said.textContent = `${said.dataset.noCopy} ${address}`;
    }
  },
  float(button) {
    const away = phone.classList.toggle("floating");
    button.setAttribute("aria-pressed", String(away));
  },
  about() { about.showModal(); },
  reload() { if (frame) frame.src = frame.src; },
};

phone.querySelector(".capsule")?.addEventListener("click", (event) => {
  const button = /** @type {HTMLElement} */ (event.target).closest("button");
  if (button) acts[button.dataset.act ?? ""]?.(button);
});
