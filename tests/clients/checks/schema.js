import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { buildClientSchema, getIntrospectionQuery, lexicographicSortSchema, printSchema } from "graphql";
import { start } from "../processes.js";

export const HERE = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");

const OPTIONS = {
  descriptions: true,
  schemaDescription: true,
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  inputValueDeprecation: true,
  oneOf: true,
};

/** The schema as the server describes it. */
export async function described(url) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: getIntrospectionQuery(OPTIONS) }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(errors[0].message);
  return lexicographicSortSchema(buildClientSchema(data));
}

/** An empty folder for what a check generates, with the server's schema in it. */
export async function workshop(name, url) {
  const folder = path.join(HERE, ".build", name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const schema = await described(url);
  await writeFile(path.join(folder, "schema.graphql"), printSchema(schema) + "\n");
  return { folder, schema };
}

/** Runs a command to its end; what it told. An exit code other than 0 is an error. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = start(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
    let told = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => (told += part));
    child.once("error", reject);
    child.once("exit", (code) =>
      code === 0 ? resolve(told) : reject(new Error(`${path.basename(command)} ended with ${code}:\n${told}`)),
    );
  });
}

/** The path of a command that a package brings. */
export const installed = (name) => path.join(HERE, "node_modules/.bin", name);
