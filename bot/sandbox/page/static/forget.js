// Somebody and the bot as if they had never met: the bot is asked to forget, and the sandbox drops what was said.
// @ts-check
import { words } from "./actions.js";
import { api } from "./api.js";
import { el, openDialog } from "./dom.js";
import { fields, tickBox } from "./forms.js";
import { t } from "./i18n.js";
import { person, state } from "./store.js";
import { toast } from "./toast.js";

const REQUEST = "/forget confirm";
const PATIENCE_MS = 5000;
const AGAIN_MS = 150;

/** @param {string} id @param {boolean} connected whether the bot is there to be asked */
export function openForget(id, connected) {
  const name = person(id).full_name;
  const ask = tickBox(t("forget.ask", { request: REQUEST }), connected);
  ask.input.disabled = !connected;
  const form = fields(t("forget.do"), async () => {
    const answer = ask.input.checked ? await asked(id) : "";
    await api.forgetPerson(id);
    dialog.close();
    toast(answer ? t("forget.answered", { name, answer }) : t("forget.done", { name }));
  }, words, el("p", {}, t("forget.about", { name })), ask.label, connected ? null : el("p.facts", {}, t("forget.away")));
  const dialog = openDialog(t("forget.title", { name }), { closeLabel: t("close") }, form);
}

/** What the bot says to the wish to be forgotten; nothing where it takes too long. @param {string} id */
async function asked(id) {
  const conversation = String((await api.contact(id, state.bot.user_id)).conversation_id);
  const said = await api.send(conversation, { as: id, category: "PLAIN_TEXT", text: REQUEST });
  for (const until = performance.now() + PATIENCE_MS; performance.now() < until; ) {
    const facts = await api.botState(id);
    if (facts.said?.message_id === said.message_id && facts.acknowledged) return typeof facts.answer?.data === "string" ? facts.answer.data.slice(0, 200) : "";
    await new Promise((done) => setTimeout(done, AGAIN_MS));
  }
  return "";
}
