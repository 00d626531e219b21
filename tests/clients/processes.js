// The processes that a run starts, each a group of its own, so that none of them outlives it.
import { spawn } from "node:child_process";

const END_MS = 30_000;
const running = new Set();

/** Starts a command. */
export function start(command, args, options) {
  const child = spawn(command, args, { ...options, detached: true });
  running.add(child);
  child.once("exit", () => running.delete(child));
  child.once("error", () => running.delete(child));
  return child;
}

/** Asks a command to end, with all that it started, and makes it after a while. */
async function end(child) {
  if (!running.has(child)) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const forced = setTimeout(() => signal(child, "SIGKILL"), END_MS);
  signal(child, "SIGTERM");
  await ended;
  clearTimeout(forced);
}

/** Ends all that run, `but` one. */
export const endAll = ({ but } = {}) => Promise.all([...running].filter((each) => each !== but).map(end));

function signal(child, name) {
  try {
    process.kill(-child.pid, name);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}
