// Starts the real server and, one after the other, every client against it; tells each in one line of a table.
//   node run.js [--url http://127.0.0.1:8000/graphql] [name of a check …]
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { endAll, start } from "./processes.js";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, "../..");
const START_MS = 120_000;
const CHECK_MS = 240_000;

/** The exit code for the signal that stopped the run. */
let stopped;

const CHECKS = [
  "graphql-http",
  "apollo",
  "urql",
  "graphql-request",
  "relay",
  "codegen",
  "eslint",
  "inspector",
  "python",
];

/** The server of this project on a free port, over a new database in `folder`; its process and its URL. */
async function serve(folder) {
  const child = start(path.join(root, ".venv/bin/citygraph"), ["serve", "--port", "0"], {
    cwd: root,
    env: { ...process.env, CITYGRAPH_DATA_DIR: folder, CITYGRAPH_LOG_LEVEL: "ERROR" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await Promise.race([
    new Promise((resolve) => createInterface(child.stdout).once("line", (line) => resolve(line.match(/http:\S+/)?.[0]))),
    new Promise((_, reject) => child.once("exit", (code) => reject(new Error(`the server ended with exit code ${code}`)))),
    late(START_MS, "the server did not start"),
  ]);
  return { child, url };
}

function late(ms, message) {
  return new Promise((_, reject) => setTimeout(() => reject(new Error(`${message} within ${ms / 1000} s`)), ms).unref());
}

async function check(name, url) {
  const begun = performance.now();
  let verdict;
  try {
    const { default: run } = await import(`./checks/${name}.js`);
    verdict = { passed: true, told: await Promise.race([run(url), late(CHECK_MS, "no end")]) };
  } catch (error) {
    verdict = { passed: false, told: error.message, stack: error.stack };
  }
  if (stopped) return false;
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  const first = verdict.told.split("\n")[0];
  console.log(`| ${name.padEnd(15)} | ${verdict.passed ? "passed" : "FAILED"} | ${seconds.padStart(5)} | ${first} |`);
  if (!verdict.passed) console.error(verdict.stack ?? verdict.told);
  return verdict.passed;
}

const { values, positionals } = parseArgs({ options: { url: { type: "string" } }, allowPositionals: true });
const wanted = positionals.length ? positionals : CHECKS;
const folder = await mkdtemp(path.join(tmpdir(), "citygraph-clients-"));
for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]]) {
  process.once(signal, () => {
    stopped = code;
    endAll(); // then whatever waits for one of them comes to its end
  });
}
const results = [];
try {
  const server = values.url ? { url: values.url } : await serve(folder);
  console.log("| client          | result | s     | what was done |");
  console.log("|-----------------|--------|-------|---------------|");
  for (const name of wanted) {
    if (stopped) break;
    results.push(await check(name, server.url));
    await endAll({ but: server.child });
  }
} catch (error) {
  if (!stopped) console.error(error.message);
}
await endAll();
await rm(folder, { recursive: true, force: true });
if (stopped) process.exit(stopped);
const failed = wanted.length - results.filter((passed) => passed).length;
console.log(`\n${wanted.length - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
