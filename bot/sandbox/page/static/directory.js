// Everybody who came by, by id. Whoever is named somewhere and not known yet is asked for, many in one call.
// @ts-check
import { api } from "./api.js";
import { personFrom } from "./shapes.js";
import { changed, onStranger, state } from "./store.js";

const AT_ONCE = 100;

/** @type {Set<string>} */
const wanted = new Set();
/** @type {Set<string>} */
const asked = new Set();
let waiting = 0;

/** @param {import("./store.js").Person[]} people */
export function meet(people) {
  for (const one of people) {
    state.known.set(one.user_id, one);
    asked.delete(one.user_id);
  }
}

/** @param {string} search @param {number} offset @param {number} limit
 * @returns {Promise<{people: import("./store.js").Person[], total: number}>}
 */
export async function findPeople(search, offset, limit) {
  const found = await api.people({ search, offset, limit });
  const people = found.people.map(personFrom);
  meet(people);
  return { people, total: Number(found.total) };
}

/** @param {string} id @returns {Promise<import("./store.js").Person | undefined>} */
export async function fetchPerson(id) {
  const known = state.known.get(id);
  if (known) return known;
  const found = await api.people({ ids: id });
  meet(found.people.map(personFrom));
  return state.known.get(id);
}

async function fetchWanted() {
  waiting = 0;
  const ids = [...wanted].slice(0, AT_ONCE);
  for (const id of ids) wanted.delete(id);
  try {
    const found = await api.people({ ids: ids.join(",") });
    meet(found.people.map(personFrom));
    if (found.people.length) changed("people");
  } catch {
    for (const id of ids) asked.delete(id);
  }
  if (wanted.size) soon();
}

function soon() {
  waiting ||= window.setTimeout(() => void fetchWanted(), 30);
}

export function startDirectory() {
  onStranger((id) => {
    if (asked.has(id)) return;
    asked.add(id);
    wanted.add(id);
    soon();
  });
}
