// The official Node SDK as a bot: reads who it is, hears over Blaze, replies by POST /messages, acknowledges.
// One line of JSON for each thing that happened; ends when its last reply was read.
import { MixinApi } from '@mixin.dev/mixin-node-sdk';
import { sendRaw, websocket } from '@mixin.dev/mixin-node-sdk/blaze';
import { randomUUID } from 'node:crypto';

const keystore = JSON.parse(process.env.KEYSTORE);
const url = process.env.SANDBOX_URL;
const client = MixinApi({ keystore, requestConfig: { baseURL: url } });
const tell = (what, facts) => console.log(JSON.stringify({ what, ...facts }));

const me = await client.user.profile();
tell('me', { user_id: me.user_id, identity_number: me.identity_number });
const friends = await client.user.friends();
tell('friends', { names: friends.map((one) => one.full_name) });

let last = '';
const blaze = websocket(keystore, url.replace(/^http/, 'ws'), {
  onMessage: async (message) => {
    if (message.category !== 'PLAIN_TEXT') return;
    const text = Buffer.from(message.data, 'base64').toString();
    tell('heard', { message_id: message.message_id, source: message.source, text });
    const sent = await client.message.sendText(message.user_id, `echo: ${text}`);
    await client.message.sendAcknowledgement({ message_id: message.message_id, status: 'READ' });
    last = sent.message_id;
    tell('replied', { message_id: last, to: message.message_id });
  },
  onAckReceipt: (receipt) => {
    tell('receipt', { message_id: receipt.message_id, status: receipt.status });
    if (receipt.message_id === last && receipt.status === 'READ') blaze.close();
  },
});
blaze.on('open', () => sendRaw(blaze, { id: randomUUID(), action: 'LIST_PENDING_MESSAGES' }));
blaze.on('close', (code) => tell('closed', { code, protocol: blaze.protocol }));
