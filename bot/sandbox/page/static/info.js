// Who somebody is and what one can do about them: the bot's profile, a person's, a group's.
// @ts-check
import { openThread, refreshConversations, refreshState, words } from "./actions.js";
import { api } from "./api.js";
import { chooser } from "./chooser.js";
import { encryptionSwitch, openDevices } from "./devices.js";
import { el, icon, openDialog } from "./dom.js";
import { choosePerson, personLine } from "./everybody.js";
import { openFind } from "./find.js";
import { openGroupSettings } from "./group_admin.js";
import { plural, t } from "./i18n.js";
import { inPopUp, webLink } from "./links.js";
import { faceOf } from "./list.js";
import { avatar } from "./people.js";
import { switchTo } from "./rail.js";
import { isBot, openConversation, partner, person, state } from "./store.js";
import { toast } from "./toast.js";
import { isNarrow, show, toggleInspector } from "./views.js";

/** @typedef {import("./store.js").Person} Person */
/** @typedef {import("./store.js").Conversation} Conversation */

/** Do something, bring the page up to date, say what went wrong. @param {() => Promise<unknown>} act */
async function settle(act) {
  try {
    await act();
    await refreshState();
    await refreshConversations();
  } catch (error) {
    toast(words(error));
  }
}

/** @param {"blocked" | "contact"} what @param {boolean} value of the current person towards the bot */
export function changeBot(what, value) {
  return settle(() => api.changePerson(state.me, { [what]: value, ...(what === "contact" ? { greeting: t("hi.greeting") } : {}) }));
}

/** @param {Node} face @param {string} name @param {string} under @param {string} about */
function card(face, name, under, about) {
  return el("div.profile", {}, face, el("strong", {}, el("bdi", {}, name)), el("span.facts", {}, under),
    about ? el("p", { dir: "auto" }, about) : null);
}

/** @param {string} name @param {string} words_ @param {() => void} act @param {string} [kind] */
function way(name, words_, act, kind = "") {
  return el(kind ? `button.choice.${kind}` : "button.choice", { on: { click: () => { dialog?.close(); act(); } } }, icon(name), words_);
}

/** @type {HTMLDialogElement | undefined} */
let dialog;

/** @param {string} id of anybody who is known */
export function openProfile(id) {
  const one = person(id);
  const conversation = state.conversations.find((each) => partner(each) === id);
  const home = isBot(id) ? webLink(String(state.bot?.home_uri ?? "")) : "";
  const mine = id === state.me;
  dialog = openDialog(t("info.title"), { closeLabel: t("close") },
    card(avatar(one), one.full_name, one.identity_number, one.biography ?? ""),
    el("div.choices", {},
      home ? el("a.choice", { href: home, target: "_blank", rel: "noopener noreferrer", on: { click: inPopUp } }, icon("home"), t("hi.home")) : null,
      home ? el("a.choice", { href: "/w/", target: "_blank" }, icon("image"), t("info.preview")) : null,
      mine || (conversation && conversation.conversation_id === state.open) ? null : way("bubble", t("info.message"), () => void settle(async () => {
        const made = await api.contact(state.me, id);
        await refreshConversations();
        show("chat");
        await openThread(String(made.conversation_id));
      })),
      one.is_bot ? null : way("device", t("devices.open"), () => void openDevices(id)),
      isBot(id) ? encryptionSwitch() : null,
      mine || one.is_bot ? null : way("person", t("info.become", { name: one.full_name }), () => switchTo(id)),
      ...(conversation && conversation.conversation_id === state.open ? inChat() : []),
      ...(isBot(id) && conversation ? aboutBot(conversation) : [])));
}

/** What the head has no room for on a phone. */
function inChat() {
  return isNarrow() ? [way("search", t("find.open"), openFind), way("frames", t("inspector.toggle"), () => toggleInspector(true))] : [];
}

/** @param {Conversation} conversation */
function aboutBot(conversation) {
  const bot = state.bot?.full_name ?? "";
  return [
    conversation.stranger && !conversation.blocked ? way("plus", t("info.add", { bot }), () => void changeBot("contact", true)) : null,
    !conversation.stranger && !conversation.blocked ? way("recall", t("info.remove", { bot }), () => void changeBot("contact", false), "grave") : null,
    conversation.blocked ? way("check", t("info.unblock", { bot }), () => void changeBot("blocked", false))
      : way("block", t("info.block", { bot }), () => void changeBot("blocked", true), "grave"),
  ];
}

/** @param {Conversation} group */
function openGroup(group) {
  const mine = group.roles[state.me];
  const runs = mine === "OWNER" || mine === "ADMIN";
  const inside = new Set(group.participants);
  const members = chooser({
    label: t("create.members"), hint: t("everybody.search"), rows: Math.min(6, group.participants.length),
    load: async (search, offset, limit) => {
      const wanted = search.toLocaleLowerCase();
      const found = group.participants.map(person).filter((one) => `${one.full_name} ${one.identity_number}`.toLocaleLowerCase().includes(wanted));
      return { items: found.slice(offset, offset + limit), total: found.length };
    },
    draw: (one) => {
      const role = group.roles[one.user_id];
      return [...personLine({ ...one, admin: false }), ...(role ? [el("span.badge", {}, t(`role.${role}`))] : [])];
    },
    choose: (one) => { dialog?.close(); openMember(group, one, mine ?? ""); },
  });
  const add = () => choosePerson(t("info.addMember"), (one) => void settle(() => api.changeMembers(group.conversation_id, { as: state.me, add: [one.user_id] })), (one) => inside.has(one.user_id));
  const withBot = group.participants.some(isBot);
  dialog = openDialog(t("info.group"), { closeLabel: t("close") },
    card(faceOf(group), group.name, plural("list.members", group.participants.length), group.announcement ?? ""),
    members.element,
    el("div.choices", {}, ...inChat(),
      runs ? way("plus", t("info.addMember"), add) : null,
      runs ? way("settings", t("group.edit"), () => openGroupSettings(group)) : null,
      runs && !withBot && state.bot ? way("bot", t("info.add", { bot: state.bot.full_name }), () => void settle(() => api.changeMembers(group.conversation_id, { as: state.me, add: [state.bot.user_id] }))) : null,
      way("back", t("info.leave"), () => void settle(() => api.changeMembers(group.conversation_id, { as: state.me, leave: true })), "grave")));
}

/** @param {Conversation} group @param {Person} one @param {string} mine the role of the current person */
function openMember(group, one, mine) {
  const role = group.roles[one.user_id];
  const may = (mine === "OWNER" || mine === "ADMIN") && role !== "OWNER" && one.user_id !== state.me;
  if (!may) return openProfile(one.user_id);
  dialog = openDialog(t("info.title"), { closeLabel: t("close") },
    card(avatar(one), one.full_name, one.identity_number, one.biography ?? ""),
    el("div.choices", {},
      way("person", t("info.profile"), () => openProfile(one.user_id)),
      mine === "OWNER" && role !== "ADMIN" && !one.is_bot ? way("shield", t("info.makeAdmin"), () => void settle(() => api.changeMembers(group.conversation_id, { as: state.me, admins: [one.user_id] }))) : null,
      mine === "OWNER" && role === "ADMIN" ? way("person", t("info.dismiss"), () => void settle(() => api.changeMembers(group.conversation_id, { as: state.me, members: [one.user_id] }))) : null,
      way("recall", t("info.removeMember"), () => void settle(() => api.changeMembers(group.conversation_id, { as: state.me, remove: [one.user_id] })), "grave")));
}

/** About the open conversation. */
export function openInfo() {
  const conversation = openConversation();
  if (!conversation) return;
  const other = partner(conversation);
  if (other) openProfile(other);
  else openGroup(conversation);
}
