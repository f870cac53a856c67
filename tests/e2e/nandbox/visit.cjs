// A bot on the official Node SDK: says on standard output, one JSON object a line, what its callbacks were given.
const { NandBoxClient } = require("nandbox-bot-api/src/NandBoxClient");
const Logger = require("nandbox-bot-api/src/util/Logger");

const { USER_ID, NANDBOX_URI, NANDBOX_TOKEN } = process.env;
const tell = (what, facts = {}) => process.stdout.write(`${JSON.stringify({ what, ...facts })}\n`);
void Logger;

let api;
const nothing = () => {};
const callback = new Proxy(
  {
    onConnect(made, frame) {
      api = made;
      tell("connected", { bot: frame.ID });
      api.getUser(USER_ID);
    },
    onUserDetails(user) {
      tell("user", { id: user.id, name: user.name, is_bot: user.is_bot, status: user.status, photo: user.photo.id });
      api.sendText(USER_ID, "Good morning", 14222000000022);
    },
    onMessagAckCallback: (ack) => tell("ack", { reference: String(ack.reference), message: ack.message_id }),
    onReceive: (message) => tell("heard", { text: message.text, sender: message.from.id, chat: message.chat.id }),
    onReceiveObj: (frame) => tell(frame.method, { frame }),
    onClose: () => tell("closed"),
  },
  { get: (known, name) => known[name] ?? nothing },
);

NandBoxClient.get({ URI: NANDBOX_URI }).connect(NANDBOX_TOKEN, callback);
