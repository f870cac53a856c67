// The official SDK in careful hands: `sendBatch` of a hundred, sixteen at a time over kept-alive connections.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { createInterface } from 'node:readline/promises';
import { MixinApi, uniqueConversationID } from '@mixin.dev/mixin-node-sdk';

const BATCH = 100;
const REQUESTS = 16;
const keystore = JSON.parse(readFileSync(process.env.MIXIN_KEYSTORE_PATH, 'utf8'));
const client = MixinApi({
  keystore,
  requestConfig: {
    baseURL: process.env.MIXIN_API_URL,
    timeout: 10_000,
    httpAgent: new Agent({ keepAlive: true, maxSockets: REQUESTS * 2 }),
  },
});
const people = Array.from({ length: Number(process.argv[2]) }, () => randomUUID());
const text = Buffer.from(`Hello friend, ${'news '.repeat(20)}`).toString('base64url');
const tell = (did) => {
  const { user, system } = process.cpuUsage();
  const rss = process.memoryUsage().rss / 2 ** 20;
  console.log(JSON.stringify({ did, cpu: (user + system) / 1e6, at: performance.now() / 1000, rss }));
};

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
tell('ready');
await lines.next();
tell('begin');
let next = 0;
const send = async () => {
  while (next < people.length) {
    const some = people.slice(next, next + BATCH);
    next += BATCH;
    await client.message.sendBatch(
      some.map((user_id) => ({
        conversation_id: uniqueConversationID(keystore.app_id, user_id),
        recipient_id: user_id,
        message_id: randomUUID(),
        category: 'PLAIN_TEXT',
        data_base64: text,
      })),
    );
  }
};
await Promise.all(Array.from({ length: REQUESTS }, send));
tell('sent');
process.exit(0);
