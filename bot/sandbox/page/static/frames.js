// Reading one entry of the sandbox's log: a Blaze frame or an HTTP call.
// @ts-check
import { fileSize } from "./i18n.js";

/** @param {any} frame */
function isHttp(frame) {
  return frame.kind === "http";
}

/** @param {any} frame `inward` is from the bot to the sandbox */
export function factsOf(frame) {
  const when = new Date(frame.at ?? 0);
  const http = isHttp(frame);
  const code = errorCode(frame);
  const status = http ? String(frame.status ?? "") : code ? String(code) : "";
  const extra = http ? `${Math.round(frame.elapsed_ms)} ms` : "";
  return {
    time: Number.isNaN(when.getTime()) ? "" : `${when.toLocaleTimeString("en-GB")}.${String(when.getMilliseconds()).padStart(3, "0")}`,
    inward: frame.direction === "in",
    what: http ? `${frame.method} ${frame.path}` : String(frame.action ?? frame.summary ?? "?"),
    status: code && http ? `${status} / ${code}` : status,
    error: Boolean(code) || Number(frame.status) >= 400 || ["note", "crash"].includes(frame.kind),
    extra,
    size: frame.size ? fileSize(frame.size) : "",
  };
}

/** Errors of Mixin come inside answers with status 202. @param {any} frame */
function errorCode(frame) {
  if (frame.kind === "http" && !String(frame.response).startsWith('{"error"')) return "";
  for (const part of [frame.frame, frame.kind === "http" ? open(frame.response) : null])
    if (part && typeof part === "object" && part.error) return part.error.code ?? "error";
  return "";
}

/** @param {any} frame @param {{kind: string, errors: boolean, message: string}} filter */
export function matches(frame, filter) {
  if (filter.kind === "http" && !isHttp(frame)) return false;
  if (filter.kind === "frames" && isHttp(frame)) return false;
  if (filter.errors && !factsOf(frame).error) return false;
  return !filter.message || JSON.stringify(frame).includes(filter.message);
}

/** @param {any} frame as it lies in the log, on one line */
export function rawText(frame) {
  return JSON.stringify(frame);
}

/** Laid out, with JSON inside strings and base64 contents opened beside what they were. @param {any} frame */
export function pretty(frame) {
  return JSON.stringify(open(frame), null, 2);
}

/** @param {any} value @returns {any} */
function open(value) {
  if (Array.isArray(value)) return value.map(open);
  if (typeof value === "string" && /^\s*[[{]/.test(value)) {
    try {
      return open(JSON.parse(value));
    } catch {
      return value;
    }
  }
  if (!value || typeof value !== "object") return value;
  const made = Object.fromEntries(Object.entries(value).map(([key, inside]) => [key, open(inside)]));
  for (const key of ["data_base64", "data"]) {
    const text = typeof value[key] === "string" && value.category ? decoded(value[key]) : "";
    if (text) made[`(${key} says)`] = open(text);
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
