// What who runs a group can change about it: its name, its announcement, and the code by which others join.
// @ts-check
import { refreshConversations, words } from "./actions.js";
import { api } from "./api.js";
import { el, openDialog } from "./dom.js";
import { area, field, fields } from "./forms.js";
import { t } from "./i18n.js";
import { openConversation, state } from "./store.js";
import { toast } from "./toast.js";

/** @param {import("./store.js").Conversation} group */
export function openGroupSettings(group) {
  const name = field(t("create.groupName"), { required: true, maxlength: "512" });
  name.input.value = group.name;
  const announcement = area(t("group.announcement"), group.announcement ?? "", { maxlength: "1024", rows: "4" });
  const code = el("code.group-code", { dir: "ltr" }, group.code_id ?? "");
  const rotate = el("button.plain-button", { on: { click: () => void anew() } }, t("group.rotate"));
  const dialog = openDialog(t("group.edit"), { closeLabel: t("close") }, fields(t("group.save"), async () => {
    await api.changeGroup(group.conversation_id, { as: state.me, name: name.input.value.trim(), announcement: announcement.input.value.trim() });
    await refreshConversations();
    dialog.close();
  }, words, name.label, announcement.label), el("p.facts", {}, t("group.code"), " ", code), el("div.dialog-actions", {}, rotate));

  async function anew() {
    try {
      await api.changeGroup(group.conversation_id, { as: state.me, rotate: true });
      await refreshConversations();
      code.textContent = openConversation()?.code_id ?? "";
    } catch (error) {
      toast(words(error));
    }
  }
}
