// The official Node SDK as an app that asks a person for access: with a key of its own, then with the client secret.
// One line of JSON for each thing that happened; the code that the person comes back with is read from the input.
import { MixinApi, base64RawURLEncode, getChallenge, getED25519KeyPair } from '@mixin.dev/mixin-node-sdk';
import { createInterface } from 'node:readline';

const url = process.env.SANDBOX_URL;
const app_id = process.env.APP_ID;
const requestConfig = { baseURL: url };
const tell = (what, facts) => console.log(JSON.stringify({ what, ...facts }));
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const code = async () => (await lines.next()).value;
const refused = (call) => call.then(() => 0, (error) => error.code);

const { verifier, challenge } = getChallenge();
tell('asked', { challenge });
const { seed, publicKey } = getED25519KeyPair();
const nobody = MixinApi({ requestConfig });
const given = await code();
const grant = await nobody.oauth.getToken({
  client_id: app_id, code: given, code_verifier: verifier, ed25519: base64RawURLEncode(publicKey),
});
tell('granted', { scope: grant.scope, has_key: Boolean(grant.ed25519) });
tell('again', { code: await refused(nobody.oauth.getToken({ client_id: app_id, code: given, code_verifier: verifier })) });

const keystore = {
  app_id, scope: grant.scope, authorization_id: grant.authorization_id, session_private_key: seed.toString('hex'),
};
const person = MixinApi({ keystore, requestConfig });
const me = await person.user.profile();
tell('me', { user_id: me.user_id, full_name: me.full_name });
const assets = await person.safe.assets();
tell('assets', { symbols: assets.map((one) => one.symbol) });
const outputs = await person.utxo.safeOutputs({ state: 'unspent' });
tell('outputs', { amounts: outputs.map((one) => one.amount) });
tell('balance', { amount: await person.utxo.safeAssetBalance({ asset: process.env.ASSET, members: [me.user_id], threshold: 1 }) });
const snapshots = await person.safe.fetchSafeSnapshots({ limit: 1 });
tell('snapshots', { amounts: snapshots.map((one) => one.amount) });
tell('friends', { code: await refused(person.user.friends()) });
const authorizations = await person.oauth.authorizations(app_id);
tell('authorizations', { scopes: authorizations.map((one) => one.scopes) });
await person.oauth.revokeAuthorize(app_id);
tell('revoked', { code: await refused(person.user.profile()) });

const plain = await nobody.oauth.getToken({ client_id: app_id, code: await code(), client_secret: process.env.CLIENT_SECRET });
tell('plain', { scope: plain.scope, has_key: Boolean(plain.ed25519), token: plain.access_token.split('.').length });
const answer = await fetch(`${url}/me`, { headers: { Authorization: `Bearer ${plain.access_token}` } });
tell('bearer', { user_id: (await answer.json()).data.user_id });
process.exit(0);
