// Pinning and unpinning, and who may.
// @ts-check
import { words } from "./actions.js";
import { api } from "./api.js";
import { openConversation, state } from "./store.js";
import { toast } from "./toast.js";

/** Whether the current person may pin something in the open conversation. */
export function mayPin() {
  const conversation = openConversation();
  return Boolean(conversation) && (conversation?.category !== "GROUP" || ["OWNER", "ADMIN"].includes(conversation.roles[state.me] ?? ""));
}

/** Pin a message, or unpin one that is. @param {string} id */
export async function pin(id) {
  const action = openConversation()?.pins?.includes(id) ? "UNPIN" : "PIN";
  try {
    await api.send(state.open, { as: state.me, category: "MESSAGE_PIN", data: { action, message_ids: [id] } });
  } catch (error) {
    toast(words(error));
  }
}
