// Ctrl+K: to any conversation of the current person, or to any person of the sandbox, by a few letters.
// @ts-check
import { chooser } from "./chooser.js";
import { findPeople } from "./directory.js";
import { el, openDialog } from "./dom.js";
import { personLine } from "./everybody.js";
import { t } from "./i18n.js";
import { choose, faceOf, found, titleOf } from "./list.js";
import { switchTo } from "./rail.js";

/** @typedef {{conversation?: import("./store.js").Conversation, person?: import("./store.js").Person}} Place */

/** @param {string} search @param {number} offset @param {number} limit @returns {Promise<{items: Place[], total: number}>} */
async function places(search, offset, limit) {
  const conversations = found(search);
  const here = conversations.slice(offset, offset + limit).map((conversation) => ({ conversation }));
  const after = Math.max(0, offset - conversations.length);
  const people = await findPeople(search, after, Math.max(1, limit - here.length));
  return { items: [...here, ...people.people.slice(0, limit - here.length).map((person) => ({ person }))],
    total: conversations.length + people.total };
}

/** @param {Place} place @returns {Node[]} */
function line({ conversation, person }) {
  if (person) return [...personLine(person), el("span.facts", {}, t("jump.become"))];
  if (!conversation) return [];
  return [faceOf(conversation), el("span.tile-text", {}, el("strong", {}, el("bdi", {}, titleOf(conversation))), el("span.facts", {}, t("jump.open")))];
}

export function openJump() {
  const made = chooser({
    label: t("jump.title"), hint: t("jump.search"), load: places, draw: line,
    choose: ({ conversation, person }) => {
      dialog.close();
      if (conversation) choose(conversation.conversation_id);
      else if (person) switchTo(person.user_id);
    },
  });
  const dialog = openDialog(t("jump.title"), { closeLabel: t("close") }, made.element);
  made.field.focus();
}
