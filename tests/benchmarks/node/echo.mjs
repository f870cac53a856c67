// The official SDK in careful hands: replies and acknowledgements in hundreds, or what there is after 2 ms, with up to
// 16 posts at a time over kept-alive connections. Told by the same environment variables as the bot.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { MixinApi } from '@mixin.dev/mixin-node-sdk';
import { sendRaw, websocket } from '@mixin.dev/mixin-node-sdk/blaze';

const BATCH = 100;
const LINGER_MS = 2;
const IN_FLIGHT = 16;

const keystore = JSON.parse(readFileSync(process.env.MIXIN_KEYSTORE_PATH, 'utf8'));
const client = MixinApi({
  keystore,
  requestConfig: {
    baseURL: process.env.MIXIN_API_URL,
    timeout: 10_000,
    httpAgent: new Agent({ keepAlive: true, maxSockets: IN_FLIGHT * 2 }),
  },
});

const batches = (post) => {
  let waiting = [];
  let timer;
  let posts = 0;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    while (waiting.length && posts < IN_FLIGHT) {
      const batch = waiting.splice(0, BATCH);
      posts += 1;
      post(batch).then(
        () => {
          posts -= 1;
          if (waiting.length >= BATCH || (waiting.length && !timer)) flush();
        },
        (error) => {
          console.error(error);
          process.exit(1);
        },
      );
      if (waiting.length < BATCH) break;
    }
  };
  return (item) => {
    waiting.push(item);
    if (waiting.length >= BATCH) flush();
    else if (!timer) timer = setTimeout(flush, LINGER_MS);
  };
};

const acknowledge = batches((receipts) => client.message.sendAcknowledges(receipts));
const reply = batches(async (pairs) => {
  await client.message.sendBatch(pairs.map(([, item]) => item));
  for (const [message_id] of pairs) acknowledge({ message_id, status: 'READ' });
});

const blaze = websocket(
  keystore,
  process.env.MIXIN_BLAZE_URL,
  {
    onMessage: (said) => {
      if (said.category !== 'PLAIN_TEXT') return;
      const item = {
        conversation_id: said.conversation_id,
        recipient_id: said.user_id,
        message_id: randomUUID(),
        category: 'PLAIN_TEXT',
        data_base64: Buffer.from(`pong ${said.data.slice(6)}`).toString('base64url'),
      };
      reply([said.message_id, item]);
    },
  },
  { parse: true },
);
blaze.onopen = () => sendRaw(blaze, { id: randomUUID(), action: 'LIST_PENDING_MESSAGES' });
blaze.onclose = () => process.exit(1);
