// Keys. Single letters work only while no field has the focus, and can be switched off (WCAG 2.1.4).
// @ts-check
import { byId, el, openDialog } from "./dom.js";
import { tickBox } from "./forms.js";
import { t } from "./i18n.js";
import { openJump } from "./jump.js";
import { stepConversation } from "./list.js";
import { isNarrow, show, toggleInspector } from "./views.js";

const KEYS = [["Enter", "send"], ["Shift+Enter", "newline"], ["Alt+1…9", "person"], ["Ctrl+↑ ↓", "conversation"], ["Ctrl+K", "jump"],
  ["/", "box"], ["?", "help"], ["Esc", "escape"]];

export function lettersOn() {
  return localStorage.getItem("sandbox.letters") !== "off";
}

/** @param {boolean} on */
export function setLetters(on) {
  localStorage.setItem("sandbox.letters", on ? "on" : "off");
}

function openShortcuts() {
  openDialog(t("shortcuts.title"), { closeLabel: t("close") },
    el("dl.keys", {}, ...KEYS.flatMap(([key, name]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, t(`shortcuts.${name}`))])),
    tickBox(t("shortcuts.letters"), lettersOn(), setLetters).label);
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
      openJump();
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
