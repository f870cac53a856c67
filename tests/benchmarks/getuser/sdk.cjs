// The same as ours.py on nandbox's official Node SDK. Answers are told apart by the user's id.
const { NandBoxClient } = require("nandbox-bot-api/src/NandBoxClient");
const Logger = require("nandbox-bot-api/src/util/Logger");
const { writeSync } = require("node:fs");

const { NANDBOX_URI, NANDBOX_TOKEN } = process.env;
const [COUNT, WINDOW, RATE, SECONDS] = process.argv.slice(2).map(Number);
const WARM_UP = 1000;
void Logger;

let api;
let id = 90089584000000000n;
let delays = [];
let answered = () => {};
const beganAt = new Map();
const now = () => performance.now() / 1000;

function call() {
  const userId = String(id++);
  beganAt.set(userId, now());
  api.getUser(userId);
}

function many(calls) {
  return new Promise((resolve) => {
    let sent = 0;
    let done = 0;
    answered = () => {
      done += 1;
      if (sent < calls) { sent += 1; call(); }
      if (done === calls) resolve();
    };
    while (sent < Math.min(WINDOW, calls)) { sent += 1; call(); }
  });
}

async function evenly(calls) {
  const start = now();
  const all = new Promise((resolve) => {
    let done = 0;
    answered = () => { done += 1; if (done === calls) resolve(); };
  });
  for (let number = 0; number < calls; number += 1) {
    const wait = start + number / RATE - now();
    if (wait > 0) await new Promise((resolve) => { setTimeout(resolve, wait * 1000); });
    call();
  }
  await all;
}

async function measure() {
  await many(WARM_UP);
  const before = process.cpuUsage();
  const start = now();
  await many(COUNT);
  const wall = now() - start;
  const { user, system } = process.cpuUsage(before);
  delays = [];
  await evenly(Math.trunc(RATE * SECONDS));
  delays.sort((a, b) => a - b);
  const told = { calls: COUNT, wall_s: wall, cpu_s: (user + system) / 1e6, delays_s: delays };
  writeSync(1, `\n${JSON.stringify(told)}\n`);
  process.exit(0);
}

const nothing = () => {};
const callback = new Proxy(
  {
    onConnect(made) { api = made; measure(); },
    onUserDetails(found) {
      delays.push(now() - beganAt.get(found.id));
      beganAt.delete(found.id);
      answered();
    },
  },
  { get: (known, name) => known[name] ?? nothing },
);

NandBoxClient.get({ URI: NANDBOX_URI }).connect(NANDBOX_TOKEN, callback);
