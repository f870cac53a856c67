// The sandbox's control API (`/_sandbox/openapi.json` describes it), one function for each call.
// @ts-check

const KEPT = "sandbox.token";

/** The token of this run comes in the page's address, behind the #, and is kept for every tab of this origin. */
function takeToken() {
  const found = /^#([\w-]{16,})$/.exec(location.hash);
  if (!found) return;
  localStorage.setItem(KEPT, found[1]);
  history.replaceState(null, "", location.pathname + location.search);
}

takeToken();
addEventListener("hashchange", takeToken);

/** The token that every call carries; the newest one that any tab was opened with. */
export function token() {
  return localStorage.getItem(KEPT) ?? "";
}

export class ApiError extends Error {
  /** @param {number} status @param {string} words */
  constructor(status, words) {
    super(words);
    this.status = status;
  }
}

/** @param {string} method @param {string} path below `/_sandbox/` @param {unknown} [body] @returns {Promise<any>} */
export async function call(method, path, body) {
  const answer = await fetch(`/_sandbox/${path}`, {
    method,
    headers: { "X-Sandbox-Token": token(), ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(15_000),
  });
  const text = await answer.text();
  let value = null;
  try {
    value = text ? JSON.parse(text) : null;
  } catch {
    // An error page in place of JSON: its status says enough.
  }
  const error = value?.error;
  if (!answer.ok || error)
    throw new ApiError(answer.status, String(error?.description ?? `${answer.status} ${answer.statusText}`));
  return value;
}

/** @param {Record<string, string | number | undefined>} values */
function query(values) {
  const made = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) if (value !== undefined && value !== "") made.set(key, String(value));
  return made.toString();
}

/** @param {string} id */
const part = (id) => encodeURIComponent(id);

export const api = {
  /** @param {number} people how many of them @param {string} as */
  state: (people, as) => call("GET", `state?${query({ people, as })}`),
  /** @param {{search?: string, offset?: number, limit?: number, ids?: string}} wanted */
  people: (wanted) => call("GET", `people?${query(wanted)}`),
  /** @param {Record<string, unknown>} person */
  addPerson: (person) => call("POST", "people", person),
  /** @param {string} id @param {Record<string, unknown>} changes */
  changePerson: (id, changes) => call("POST", `people/${part(id)}`, changes),
  /** @param {string} id of somebody who is to be a stranger to the bot again */
  forgetPerson: (id) => call("POST", `people/${part(id)}/forget`, {}),
  /** @param {Record<string, unknown>} group */
  addGroup: (group) => call("POST", "groups", group),
  /** @param {string} id @param {Record<string, unknown>} changes */
  changeMembers: (id, changes) => call("POST", `groups/${part(id)}/members`, changes),
  /** @param {string} id @param {Record<string, unknown>} changes */
  changeGroup: (id, changes) => call("POST", `groups/${part(id)}`, changes),
  /** @param {string} id */
  devices: (id) => call("GET", `people/${part(id)}/devices`),
  /** @param {string} id @param {Record<string, unknown>} device */
  addDevice: (id, device) => call("POST", `people/${part(id)}/devices`, device),
  /** @param {string} id @param {string} session */
  rotateDevice: (id, session) => call("POST", `people/${part(id)}/devices/${part(session)}/rotate`, {}),
  /** @param {string} id @param {string} session */
  removeDevice: (id, session) => call("DELETE", `people/${part(id)}/devices/${part(session)}`),
  /** @param {boolean} encrypted */
  encrypt: (encrypted) => call("POST", "encryption", { encrypted }),
  /** @param {string} as */
  conversations: (as) => call("GET", `conversations?${query({ as })}`),
  /** @param {string} as @param {string} id @param {{before?: string, limit?: number, containing?: string}} [which] the newest 200 by default */
  messages: (as, id, which = {}) => call("GET", `conversations/${part(id)}/messages?${query({ as, limit: 200, ...which })}`),
  /** @param {string} as @param {string} other */
  contact: (as, other) => call("POST", "conversations", { as, with: other }),
  /** @param {Record<string, unknown>[]} messages */
  burst: (messages) => call("POST", "burst", { messages }),
  /** @param {string} as @param {string} data_base64 */
  addFile: (as, data_base64) => call("POST", "attachments", { as, data_base64 }),
  /** @param {string} id @param {{key?: string, digest?: string}} [keys] of a file that is encrypted */
  file: (id, keys = {}) => call("GET", `attachments/${part(id)}?${query({ key: keys.key, digest: keys.digest })}`),
  /** @param {string} id @param {Record<string, unknown>} message */
  send: (id, message) => call("POST", `conversations/${part(id)}/messages`, message),
  /** @param {string} as @param {string} message_id @param {number} index */
  press: (as, message_id, index) => call("POST", "press", { as, message_id, index }),
  /** @param {string} as @param {string} conversation_id */
  read: (as, conversation_id) => call("POST", "read", { as, conversation_id }),
  /** @param {string} id */
  code: (id) => call("GET", `codes/${part(id)}`),
  /** @param {string} as @param {string} id of the group's code */
  join: (as, id) => call("POST", `codes/${part(id)}/join`, { as }),
  /** @param {string} as */
  wallet: (as) => call("GET", `wallet?${query({ as, limit: 200 })}`),
  assets: () => call("GET", "assets"),
  /** @param {string} as @param {string} id of a snapshot, or its trace */
  snapshot: (as, id) => call("GET", `snapshots/${part(id)}?${query({ as })}`),
  /** @param {string} as @param {string} asset @param {string} amount */
  receive: (as, asset, amount) => call("POST", "wallet", { as, asset, amount }),
  /** @param {string} as @param {string} asset @param {string} balance */
  setBalance: (as, asset, balance) => call("PUT", "wallet", { as, asset, balance }),
  /** @param {Record<string, unknown>} transfer */
  transfer: (transfer) => call("POST", "transfers", transfer),
  /** @param {string} as */
  relations: (as) => call("GET", `relations?${query({ as })}`),
  /** @param {string} as @param {string} other @param {string} kind */
  relate: (as, other, kind) => call("PUT", "relations", { as, other, kind }),
  /** @param {string} as */
  authorizations: (as) => call("GET", `authorizations?${query({ as })}`),
  /** @param {string} id */
  revoke: (id) => call("DELETE", `authorizations/${part(id)}`),
  /** @param {string} id */
  expire: (id) => call("POST", `authorizations/${part(id)}/expire`, { seconds: 0 }),
  /** @param {Record<string, unknown>} changes */
  settings: (changes) => call("POST", "settings", changes),
  faults: () => call("GET", "faults"),
  /** @param {Record<string, unknown>} fault */
  addFault: (fault) => call("PUT", "faults", fault),
  clearFaults: () => call("DELETE", "faults"),
  /** @param {string} id */
  clearFault: (id) => call("DELETE", `faults?${query({ id })}`),
  /** @param {string} only */
  reset: (only) => call("POST", "reset", { only }),
  /** @param {number} seq of an entry of the inspector */
  curl: (seq) => call("GET", `curl?${query({ seq })}`),
  /** @param {string} id */
  botState: (id) => call("GET", `people/${part(id)}/bot`),
  drop: () => call("POST", "drop", {}),
  /** @param {string} id */
  expireAuthorization: (id) => call("POST", `authorizations/${part(id)}/expire`, {}),
  /** @param {number} after */
  frames: (after) => call("GET", `frames?${query({ after, limit: 200 })}`),
};
