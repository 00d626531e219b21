// graphql-inspector: the project's own documents are valid, and what changed since the last release breaks no client: what
// is taken away was deprecated in that release. docs/releases has the schema of each release.
import assert from "node:assert/strict";
import { CriticalityLevel, diff, validate } from "@graphql-inspector/core";
import { Source, buildASTSchema, buildSchema, parse, printSchema, visit } from "graphql";
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { HERE, described } from "./schema.js";

const ROOT = path.resolve(HERE, "../..");

const SMALL = `
  type Query { a(x: Int, y: Int @deprecated): Int old: Old @deprecated node: Node e(i: I): E }
  interface Node { id: ID! } type Old { v: Int } type City implements Node { id: ID! }
  enum E { P Q @deprecated } input I { m: Int n: Int @deprecated }
`;
/** Of the small schema above: what is put in the place of what, and what that breaks. */
const PROOFS = [
  ["old: Old @deprecated", "", []],
  ["y: Int @deprecated", "", []],
  ["Q @deprecated", "", []],
  ["n: Int @deprecated", "", []],
  ["a(x: Int, y: Int @deprecated): Int", "", ["FIELD_REMOVED"]],
  ["x: Int, ", "", ["FIELD_ARGUMENT_REMOVED"]],
  ["P Q", "Q", ["ENUM_VALUE_REMOVED"]],
  ["m: Int", "", ["INPUT_FIELD_REMOVED"]],
  ["m: Int", "m: Int!", ["INPUT_FIELD_TYPE_CHANGED"]],
  ["): Int", "): String", ["FIELD_TYPE_CHANGED"]],
  ["type City implements Node { id: ID! }", "", ["TYPE_REMOVED"]],
];

/** What a released schema promised: all but what was deprecated, and what that alone leads to. */
function promised(text) {
  const unlessDeprecated = ({ directives }) => (directives?.some(({ name }) => name.value === "deprecated") ? null : undefined);
  const document = visit(parse(text), {
    FieldDefinition: unlessDeprecated,
    InputValueDefinition: unlessDeprecated,
    EnumValueDefinition: unlessDeprecated,
  });
  const reached = new Set();
  const reach = (definition) => {
    if (!definition || reached.has(definition)) return;
    reached.add(definition);
    const name = definition.name?.value;
    for (const each of document.definitions) {
      if (each.interfaces?.some((one) => one.name.value === name) && each.fields.length) reach(each);
    }
    visit(definition, {
      NamedType: (named) => reach(document.definitions.find((each) => each.name?.value === named.name.value)),
    });
  };
  reach(document.definitions.find((each) => each.name?.value === "Query"));
  const kept = document.definitions.filter((each) => reached.has(each) || !each.kind.endsWith("TypeDefinition"));
  return buildASTSchema({ ...document, definitions: kept }, { assumeValid: true });
}

/** The changes that break clients between the schema of a release and one now. */
async function breaking(before, now) {
  const changes = await diff(promised(before), now);
  return changes.filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking);
}

/** That all this tells what breaks from what does not; what it has to find out is the same for every schema. */
async function prove() {
  for (const [part, other, expected] of PROOFS) {
    assert.ok(SMALL.includes(part), part);
    const found = await breaking(SMALL, buildSchema(SMALL.replace(part, other)));
    assert.deepEqual(found.map(({ type }) => type), expected, `${part} made "${other}"`);
  }
}

/** The version and schema of the last release, or undefined before the first release. */
async function released() {
  const folder = path.join(ROOT, "docs/releases");
  const versions = (await readdir(folder)).filter((name) => name.endsWith(".graphql")).map((name) => path.parse(name).name);
  const last = versions.sort((one, other) => one.localeCompare(other, "en", { numeric: true })).at(-1);
  return last && { version: last, schema: await readFile(path.join(folder, `${last}.graphql`), "utf8") };
}

/** The documents that the project itself writes. */
async function documents() {
  const sources = [];
  const examples = (await readdir(path.join(ROOT, "docs/examples"))).map((name) => `docs/examples/${name}`);
  for (const name of ["api/graphql/graphiql/queries.graphql", ...examples]) {
    sources.push(new Source(await readFile(path.join(ROOT, name), "utf8"), name));
  }
  for (const name of await readdir(path.join(ROOT, "docs"))) {
    if (!name.endsWith(".md")) continue;
    const text = await readFile(path.join(ROOT, "docs", name), "utf8");
    let number = 0;
    for (const [, body] of text.matchAll(/```graphql\n([\s\S]*?)```/g)) {
      sources.push(new Source(body, `docs/${name} ${(number += 1)}`));
    }
  }
  return sources;
}

export default async function run(url) {
  await prove();
  const schema = await described(url);
  const sources = await documents();
  const invalid = sources.flatMap((source) => validate(schema, [source], { strictDeprecated: true }));
  if (invalid.length) {
    throw new Error(invalid.map(({ source, errors, deprecated }) => `${source.name}: ${[...errors, ...deprecated][0].message}`).join("\n"));
  }
  const told = `${sources.length} documents valid, none deprecated`;
  const last = await released();
  if (!last) {
    assert.deepEqual(await breaking(printSchema(schema), schema), []);
    return `${told}; ${PROOFS.length} proofs; no release yet to compare with`;
  }
  const broken = await breaking(last.schema, schema);
  if (broken.length) throw new Error(`since ${last.version}: ${broken.map(({ message }) => message).join("\n")}`);
  return `${told}; ${PROOFS.length} proofs; nothing broken since ${last.version}`;
}
