// Reading one entry of the sandbox's log: a Blaze frame, an HTTP call, a note, or a crash of the bot.
// @ts-check
import { fileSize } from "./i18n.js";

/** @typedef {"all" | "frames" | "http" | "state"} Tab */
/** @typedef {{tab: Tab, errors: boolean, text: string, message: string}} Filter */

/** @param {any} entry */
export function isHttp(entry) {
  return entry.kind === "http";
}

/** @param {any} entry `inward` is from the bot to the sandbox */
export function factsOf(entry) {
  const when = new Date(entry.at ?? 0);
  const http = isHttp(entry);
  const code = errorCode(entry);
  const status = http ? String(entry.status ?? "") : code ? String(code) : "";
  return {
    time: Number.isNaN(when.getTime()) ? "" : `${when.toLocaleTimeString("en-GB")}.${String(when.getMilliseconds()).padStart(3, "0")}`,
    inward: entry.direction === "in",
    what: http ? `${entry.method} ${entry.path}` : String(entry.action ?? entry.summary ?? "?"),
    status: code && http ? `${status} / ${code}` : status,
    error: Boolean(code) || Number(entry.status) >= 400 || ["note", "crash"].includes(entry.kind),
    extra: http ? `${Math.round(entry.elapsed_ms)} ms` : entry.size ? fileSize(entry.size) : "",
    size: entry.size ? fileSize(entry.size) : "",
  };
}

/** Errors of Mixin come inside answers with status 202. @param {any} entry */
function errorCode(entry) {
  if (isHttp(entry) && !String(entry.response).startsWith('{"error"')) return "";
  const part = isHttp(entry) ? opened(entry.response) : entry.frame;
  return part && typeof part === "object" && part.error ? part.error.code ?? "error" : "";
}

/** @param {any} entry @param {Filter} filter */
export function matches(entry, filter) {
  if (filter.tab === "http" && !isHttp(entry)) return false;
  if (filter.tab === "frames" && isHttp(entry)) return false;
  if (filter.errors && !factsOf(entry).error) return false;
  if (!filter.text && !filter.message) return true;
  const all = JSON.stringify(entry);
  return all.includes(filter.message) && (all + rawText(entry)).toLowerCase().includes(filter.text.toLowerCase());
}

/** Whether the sandbox can make a command of it that does the same again. @param {any} entry */
export function isRepeatable(entry) {
  if (isHttp(entry)) return !entry.claims?.aid;
  return entry.action === "CREATE_MESSAGE" && Boolean(entry.frame?.data?.category) && !("params" in entry.frame);
}

/** As it went over the wire; of a token only its claims. @param {any} entry */
export function rawText(entry) {
  if (entry.kind === "crash") return entry.exception || entry.summary;
  if (entry.kind === "note") return entry.summary;
  if (!isHttp(entry)) return JSON.stringify(entry.frame);
  return [`${entry.method} ${entry.path} HTTP/1.1`, ...headers(entry.headers, entry.claims), "", entry.body, "",
    `HTTP/1.1 ${entry.status}`, ...headers(entry.response_headers, null), "", entry.response].join("\n").trimEnd();
}

/** @param {Record<string, string>} values @param {any} claims */
function headers(values, claims) {
  return Object.entries(values ?? {}).map(([name, value]) =>
    name.toLowerCase() === "authorization" && claims ? `${name}: Bearer ${JSON.stringify(claims)}` : `${name}: ${value}`);
}

/** Laid out, with JSON inside strings and base64 contents opened beside what they were. @param {any} entry */
export function pretty(entry) {
  if (entry.kind === "crash" || entry.kind === "note") return rawText(entry);
  if (!isHttp(entry)) return JSON.stringify(opened(entry.frame), null, 2);
  const { method, path, status, claims, elapsed_ms, body, response } = entry;
  return JSON.stringify(opened({ request: `${method} ${path}`, claims, body: body || null, status, elapsed_ms, response }), null, 2);
}

/** @param {any} value @returns {any} */
function opened(value) {
  if (Array.isArray(value)) return value.map(opened);
  if (typeof value === "string" && /^\s*[[{]/.test(value)) {
    try {
      return opened(JSON.parse(value));
    } catch {
      return value;
    }
  }
  if (!value || typeof value !== "object") return value;
  const made = Object.fromEntries(Object.entries(value).map(([key, inside]) => [key, opened(inside)]));
  for (const key of ["data_base64", "data"]) {
    const text = typeof value[key] === "string" && value.category ? decoded(value[key]) : "";
    if (text) made[`(${key} says)`] = opened(text);
  }
  return made;
}

/** @param {string} base64 */
function decoded(base64) {
  try {
    const bytes = Uint8Array.from(atob(base64.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return "";
  }
}
