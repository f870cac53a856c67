// Keys. Single letters work only while no field has the focus, and can be switched off (WCAG 2.1.4).
// @ts-check
import { byId, el, openDialog } from "./dom.js";
import { t } from "./i18n.js";
import { stepConversation } from "./list.js";
import { isNarrow, show, toggleInspector } from "./views.js";

const KEYS = [["Enter", "send"], ["Shift+Enter", "newline"], ["Alt+1…9", "person"], ["Ctrl+↑ ↓", "conversation"], ["Ctrl+K", "jump"],
  ["/", "box"], ["?", "help"], ["Esc", "escape"]];

function lettersOn() {
  return localStorage.getItem("sandbox.letters") !== "off";
}

function openShortcuts() {
  const letters = /** @type {HTMLInputElement} */ (el("input", { type: "checkbox", id: "letters" }));
  letters.checked = lettersOn();
  letters.addEventListener("change", () => localStorage.setItem("sandbox.letters", letters.checked ? "on" : "off"));
  openDialog(t("shortcuts.title"), { closeLabel: t("close") },
    el("dl.keys", {}, ...KEYS.flatMap(([key, name]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, t(`shortcuts.${name}`))])),
    el("label.check", {}, letters, t("shortcuts.letters")));
}

/** @param {EventTarget | null} target */
function inField(target) {
  return target instanceof HTMLElement && (target.matches("input, textarea, select") || target.isContentEditable);
}

export function startShortcuts() {
  byId("shortcuts-open").addEventListener("click", openShortcuts);
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || document.querySelector("dialog[open]")) return;
    const command = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    if (command && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (isNarrow()) show("list");
      byId("search").focus();
    } else if (command && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      stepConversation(event.key === "ArrowUp" ? -1 : 1);
    } else if (event.key === "Escape" && isNarrow()) {
      show(document.body.dataset.view === "inspector" ? "chat" : "list");
    } else if (event.key === "Escape" && document.body.dataset.inspector === "open" && byId("inspector").contains(document.activeElement)) {
      toggleInspector(false);
      document.getElementById("inspector-toggle")?.focus();
    } else if (!command && !event.altKey && lettersOn() && !inField(event.target)) {
      if (event.key === "/") {
        event.preventDefault();
        byId("draft").focus();
      } else if (event.key === "?") openShortcuts();
    }
  });
}
