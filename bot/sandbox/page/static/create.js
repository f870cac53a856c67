// Somebody new, or a new group: what one has to say of them, and what is wrong with it.
// @ts-check
import { become, openThread, refreshConversations, refreshState, words } from "./actions.js";
import { api } from "./api.js";
import { el, icon, openDialog } from "./dom.js";
import { chips, peopleChooser } from "./everybody.js";
import { field, fields, tickBox } from "./forms.js";
import { t } from "./i18n.js";
import { person, state } from "./store.js";
import { show } from "./views.js";

/** @param {string} name @param {string} key @param {() => void} act */
function way(name, key, act) {
  return el("button.choice", { data: { choice: key }, on: { click: act } }, icon(name),
    el("span.tile-text", {}, el("strong", {}, t(`create.${key}`)), el("span.facts", {}, t(`create.${key}.about`))));
}

export function openCreate() {
  const dialog = openDialog(t("create.title"), { closeLabel: t("close") },
    way("person", "person", () => { dialog.close(); openNewPerson(); }),
    way("group", "group", () => { dialog.close(); openNewGroup(); }));
}

export function openNewPerson() {
  const name = field(t("create.name"), { required: true, maxlength: "64" });
  const number = field(t("create.number"), { inputmode: "numeric", pattern: "[0-9]*", maxlength: "10", placeholder: t("create.number.hint") });
  const contact = tickBox(t("create.contact"), true);
  const hi = tickBox(t("create.hi"), false);
  const dialog = openDialog(t("create.person"), { closeLabel: t("close") }, fields(t("create.add"), async () => {
    const made = await api.addPerson({ name: name.input.value.trim(), identity_number: number.input.value.trim(),
      contact: contact.input.checked, hi: hi.input.checked });
    await refreshState();
    await become(String(made.user_id));
    dialog.close();
  }, words, name.label, number.label, contact.label, hi.label));
  name.input.focus();
}

export function openNewGroup() {
  /** @type {Map<string, import("./store.js").Person>} */
  const chosen = new Map();
  const name = field(t("create.groupName"), { required: true, maxlength: "512" });
  const withBot = tickBox(t("create.withBot", { bot: state.bot?.full_name ?? "" }), true);
  const places = el("div.chips", { "aria-live": "polite" });
  const redraw = () => {
    places.replaceChildren(...chips([...chosen.values()], (one) => { chosen.delete(one.user_id); redraw(); people.field.focus(); }));
    people.refresh();
  };
  const people = peopleChooser({
    many: true, rows: 4, isChosen: (one) => chosen.has(one.user_id) || one.user_id === state.me,
    choose: (one) => {
      if (one.user_id !== state.me && !chosen.delete(one.user_id)) chosen.set(one.user_id, one);
      redraw();
    },
  });
  const dialog = openDialog(t("create.group"), { closeLabel: t("close") }, fields(t("create.add"), async () => {
    const members = [...chosen.keys(), ...(withBot.input.checked && state.bot ? [state.bot.user_id] : [])];
    const made = await api.addGroup({ as: state.me, name: name.input.value.trim(), members });
    await refreshConversations();
    dialog.close();
    show("chat");
    await openThread(String(made.conversation_id));
  }, words, el("p.facts", {}, t("create.owner", { name: person(state.me).full_name })), name.label, withBot.label,
  el("h3", {}, t("create.members")), places, people.element));
  name.input.focus();
}
