// What can be changed of the bot and of the person one is: permissions, choices where nobody knows nandbox, the line, the phone.
// @ts-check
import { byId, el, openDialog } from "../dom.js";
import { t } from "../i18n.js";
import { toast } from "../toast.js";
import { attempt, become, refreshChats, refreshState } from "./actions.js";
import { calls } from "./calls.js";
import { changed, person, state } from "./store.js";

const CHOICES = ["unknown_is_silent", "strict", "list_acks_with_nulls"];

/** @param {string} words @param {boolean} on @param {(on: boolean) => Promise<unknown>} act */
function check(words, on, act) {
  const input = /** @type {HTMLInputElement} */ (el("input", { type: "checkbox", checked: on }));
  input.addEventListener("change", () => void attempt(async () => {
    await act(input.checked);
    await refreshState();
    await refreshChats();
  }));
  return el("label.check", {}, input, words);
}

/** @param {string} id */
function key(id) {
  return `nandbox.permission.${id.replaceAll(" ", "")}`;
}

export function openBot() {
  const me = person(state.me);
  const permissions = Object.entries(state.bot?.permissions ?? {}).map(([name, on]) =>
    check(`${t(key(name))} · ${name}`, Boolean(on), (ticked) => calls.permit({ [name]: ticked })));
  const choices = CHOICES.map((name) => check(t(`nandbox.set.${name}`), Boolean(state.settings[name]), (on) => calls.set({ [name]: on })));
  const drop = async () => {
    await attempt(calls.drop);
    toast(t("nandbox.dropped"));
  };
  openDialog(t("nandbox.bot"), { closeLabel: t("close") },
    el("p.facts", {}, t("nandbox.botNote", { id: String(state.bot?.id ?? "") })),
    el("div.fields", {},
      group("nandbox.permissions", permissions), group("nandbox.unknown", choices),
      group("nandbox.you", [
        check(t("nandbox.phoneOn", { name: me.name }), me.online, (online) => calls.changePerson(me.id, { online })),
        check(t("nandbox.startedBy", { name: me.name }), me.bot === "started", (on) => calls.changePerson(me.id, { bot: on ? "started" : "stopped" })),
      ])),
    el("div.dialog-actions", {}, el("button.plain-button", { id: "drop", on: { click: () => void drop() } }, t("nandbox.drop"))));
}

/** @param {string} title @param {HTMLElement[]} members */
function group(title, members) {
  return el("fieldset.radios.column", {}, el("legend", {}, t(title)), ...members);
}

export function openNewPerson() {
  const name = /** @type {HTMLInputElement} */ (el("input", { id: "new-name", type: "text", maxlength: "60", autocomplete: "off" }));
  const add = async () => {
    if (!name.value.trim()) return name.focus();
    const made = await attempt(() => calls.addPerson(name.value.trim()));
    if (!made) return;
    dialog.close();
    await attempt(async () => {
      await refreshState();
      await become(made.id);
    });
    changed("people");
    document.getElementById("start-bot")?.focus();
  };
  name.addEventListener("keydown", (event) => event.key === "Enter" && !event.isComposing && void add());
  const dialog = openDialog(t("nandbox.newPerson"), { closeLabel: t("close") },
    el("label.field", {}, el("span", {}, t("nandbox.name")), name),
    el("div.dialog-actions", {}, el("button.primary", { id: "new-add", on: { click: () => void add() } }, t("nandbox.add"))));
  name.focus();
}

export function boxIsBusy() {
  return Boolean(document.querySelector("dialog[open]")) || byId("composer").contains(document.activeElement);
}
