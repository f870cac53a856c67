// The faults that can be added: which look at a path, what their value means and is unless said otherwise.
// @ts-check

/** @typedef {{kind: string, path?: boolean, means?: "by" | "code" | "frames" | "retry" | "within" | "quota", value?: number}} Kind */

/** @type {Kind[]} */
export const KINDS = [
  { kind: "rate_limited", path: true, means: "retry", value: 1 }, { kind: "quota", means: "quota", value: 600 }, { kind: "internal", path: true }, { kind: "blaze_error", path: true },
  { kind: "error", path: true, means: "code", value: 403 }, { kind: "html", path: true, means: "code", value: 502 }, { kind: "unauthorized", path: true },
  { kind: "delay", path: true, means: "by", value: 3.5 }, { kind: "lose_answer", path: true }, { kind: "truncated", path: true },
  { kind: "wrong_request_id", path: true }, { kind: "wrong_integrity", path: true }, { kind: "duplicate" }, { kind: "reorder", means: "within", value: 0.2 },
  { kind: "half_open" }, { kind: "drop_blaze", means: "frames", value: 1 }, { kind: "clock_skew", means: "by", value: 600 },
  { kind: "rotate_devices" }, { kind: "damage" },
  { kind: "nandbox_unauthorized" }, { kind: "nandbox_cut", means: "frames", value: 1 }, { kind: "nandbox_close", means: "code", value: 1000 },
  { kind: "nandbox_error", means: "code", value: 199999 }, { kind: "nandbox_silence" }, { kind: "nandbox_delay", means: "by", value: 3.5 },
  { kind: "nandbox_no_reference" }, { kind: "nandbox_null_reference" }, { kind: "nandbox_no_app_id" }, { kind: "nandbox_duplicate" },
  { kind: "nandbox_shuffle", means: "within", value: 0.2 }, { kind: "nandbox_garbage" }, { kind: "nandbox_lose_answer" },
];

/** @param {string} name @returns {Kind} */
export function kindOf(name) {
  return KINDS.find((one) => one.kind === name) ?? { kind: name };
}
