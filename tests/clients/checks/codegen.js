// GraphQL Code Generator: documents as a frontend writes them, typed from the server's schema, under `tsc --strict`,
// and run.
import assert from "node:assert/strict";
import { copyFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { HERE, installed, run as command, workshop } from "./schema.js";

const CONFIG = {
  schema: "schema.graphql",
  documents: ["queries.ts"],
  generates: {
    "./generated/": {
      preset: "client",
      config: {
        enumType: "native",
        scalars: { Date: "string", Decimal: "string" },
        strictScalars: true,
        useTypeImports: true,
      },
    },
  },
  emitLegacyCommonJSImports: false,
  importExtension: ".js",
  ignoreNoDocuments: false,
};

export default async function run(url) {
  const { folder } = await workshop("codegen", url);
  await copyFile(path.join(HERE, "codegen/queries.ts"), path.join(folder, "queries.ts"));
  await writeFile(path.join(folder, "codegen.json"), JSON.stringify(CONFIG));
  await writeFile(path.join(folder, "package.json"), '{ "type": "module" }');
  await command(installed("graphql-codegen"), ["--config", "codegen.json"], { cwd: folder });
  const strict = ["--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes"];
  const form = ["--target", "es2022", "--module", "nodenext", "--skipLibCheck", "--types", "node"];
  await command(installed("tsc"), [...strict, ...form, "queries.ts"], { cwd: folder });
  const told = JSON.parse(await command(process.execPath, ["queries.js", url], { cwd: folder }));
  assert.deepEqual(told.kinds, ["FI", "Network", null]);
  assert.deepEqual([told.total, told.wrong, told.countries], ["20000.00", "LIMIT_EXCEEDED", 8]);
  assert.ok(told.quotes > 0 && told.found > 0);
  return "5 documents typed, tsc --strict without an error, and run";
}
