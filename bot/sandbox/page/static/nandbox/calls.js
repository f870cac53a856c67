// nandbox's part of the control API, one function for each call.
// @ts-check
import { call } from "../api.js";
import { state } from "./store.js";

const part = encodeURIComponent;

export const calls = {
  state: () => call("GET", "nandbox/state"),
  faults: () => call("GET", "faults"),
  kinds: () => call("GET", "state"),
  /** @param {string} as */
  chats: (as) => call("GET", `nandbox/chats?as=${part(as)}`),
  /** @param {string} chat @param {string} as */
  messages: (chat, as) => call("GET", `nandbox/chats/${part(chat)}/messages?as=${part(as)}&limit=300`),
  /** @param {string} chat @param {string} as */
  keypad: (chat, as) => call("GET", `nandbox/chats/${part(chat)}/keypad?as=${part(as)}`),
  /** @param {string} chat @param {Record<string, unknown>} content */
  say: (chat, content) => call("POST", `nandbox/chats/${part(chat)}/messages`, { as: state.me, ...content }),
  /** @param {Record<string, unknown>} what */
  press: (what) => call("POST", "nandbox/press", { as: state.me, ...what }),
  /** @param {string} id @param {Record<string, unknown>} changes */
  changePerson: (id, changes) => call("POST", `nandbox/people/${part(id)}`, changes),
  /** @param {string} name */
  addPerson: (name) => call("POST", "nandbox/people", { name, started: false }),
  /** @param {Record<string, boolean>} ticked */
  permit: (ticked) => call("POST", "nandbox/permissions", ticked),
  /** @param {Record<string, unknown>} wanted */
  set: (wanted) => call("POST", "nandbox/settings", wanted),
  drop: () => call("POST", "nandbox/drop", {}),
  /** @param {Record<string, unknown>} fault */
  addFault: (fault) => call("PUT", "faults", fault),
  clearFaults: () => call("DELETE", "faults"),
};
