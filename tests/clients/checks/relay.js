// Relay: its compiler takes every node and every connection of the schema as refetchable; its runtime fetches every node
// again and pages through every connection, as useRefetchableFragment and usePaginationFragment do. Requests that differ
// in one argument, through one store.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { getNamedType, isEnumType, isInterfaceType, isNonNullType, isObjectType } from "graphql";
import relay from "relay-runtime";
import { DOCUMENTS, sequence } from "./recipes.js";
import { installed, run as command, workshop } from "./schema.js";

const { Environment, Network, RecordSource, Store } = relay;
const { createOperationDescriptor, fetchQuery, getPaginationMetadata, getPaginationVariables } = relay;
const { getRefetchMetadata, getSingularSelector } = relay;

const MEMBERS = `
  graphql\`
    query PagesQuery($network: ID!, $count: Int!) {
      network(id: $network) { ...Pages_network @arguments(count: $count) }
    }
  \`;
  graphql\`
    fragment Pages_network on Network
    @refetchable(queryName: "PagesRefetchQuery")
    @argumentDefinitions(count: { type: "Int!" }, cursor: { type: "String" }, language: { type: "Language" }) {
      name(language: $language)
      members(first: $count, after: $cursor) @connection(key: "Pages_members") {
        totalCount
        edges { cursor standing node { id name } }
      }
    }
  \`;
`;
const LITERALS = { Int: "2025", Date: '"2026-01-01"', String: '"vantaa"', Boolean: "true", Float: "0.5" };
const IDS = {
  city: '"City:vantaa"',
  theme: '"Theme:vantaa-overall-safety"',
  "themeCoverage.of": '{ scheme: "ThemeScheme:vantaa-strategic-themes" }',
};

const isConnection = (field) => getNamedType(field.type).name.endsWith("Connection");

/** Some value that an argument takes. */
function literal(field, argument) {
  const type = getNamedType(argument.type);
  if (isEnumType(type)) return type.getValues()[0].name;
  const given = IDS[`${field.name}.${argument.name}`] ?? IDS[argument.name] ?? LITERALS[type.name];
  assert.ok(given, `a value of type ${type.name} for this check`);
  return given;
}

/** The arguments that a field needs beside those of a page. */
const needed = (field) =>
  field.args
    .filter((each) => isNonNullType(each.type) && each.defaultValue === undefined)
    .map((each) => `${each.name}: ${literal(field, each)}`);

/** A connection field with a page's arguments and the others that it needs. */
function paged(field, key) {
  const page = ["first: $count", "after: $cursor", ...needed(field)].join(", ");
  return `${field.name}(${page}) @connection(key: "${key}_${field.name}") { edges { node { __typename } } }`;
}

const connections = (owner) => Object.values(owner.getFields()).filter(isConnection);

/** A refetchable fragment for each type with an id, and one for each connection. */
function everything(schema) {
  const nodes = [];
  const pages = [];
  const sources = [];
  const add = (owner, name, body, parts = "") =>
    sources.push(
      `graphql\`fragment Every_${name} on ${owner} @refetchable(queryName: "Every${name}Query")${parts} { ${body} }\`;`,
    );
  const page = ' @argumentDefinitions(count: { type: "Int", defaultValue: 5 }, cursor: { type: "String" })';
  for (const owner of Object.values(schema.getTypeMap())) {
    const isQuery = owner === schema.getQueryType();
    const isNode = (isObjectType(owner) || isInterfaceType(owner)) && "id" in owner.getFields();
    if (owner.name.startsWith("__") || !(isQuery || isNode)) continue;
    if (isNode) {
      nodes.push({ owner: owner.name, name: `${owner.name}_again` });
      add(owner.name, `${owner.name}_again`, "id __typename");
    }
    for (const field of connections(owner)) {
      const name = `${owner.name}_${field.name}`;
      pages.push({ owner: owner.name, name, field });
      add(owner.name, name, paged(field, `Every_${name}`), page);
    }
  }
  return { source: sources.join("\n"), nodes, pages };
}

async function compiled(url) {
  const { folder, schema } = await workshop("relay", url);
  const { source, nodes, pages } = everything(schema);
  const reached = new Set(pages.map(({ field }) => getNamedType(field.type).name));
  const all = Object.keys(schema.getTypeMap()).filter((name) => name.endsWith("Connection"));
  assert.deepEqual(all.filter((name) => !reached.has(name)), [], "connections that no fragment reaches");
  await mkdir(path.join(folder, "src"));
  await writeFile(path.join(folder, "src/Every.js"), source);
  await writeFile(path.join(folder, "src/Pages.js"), MEMBERS);
  const named = DOCUMENTS.map((text) => text.replace(/query (\w+)/, "query Recipes$1Query"));
  await writeFile(path.join(folder, "src/Recipes.js"), named.map((text) => `graphql\`${text}\`;`).join("\n"));
  const config = { src: "./src", schema: "./schema.graphql", language: "javascript", eagerEsModules: false };
  await writeFile(path.join(folder, "relay.config.json"), JSON.stringify(config));
  await command(installed("relay-compiler"), ["./relay.config.json"], { cwd: folder });
  // The artifacts leave out file extensions, which is CommonJS.
  await writeFile(path.join(folder, "package.json"), '{ "type": "commonjs" }');
  const load = createRequire(path.join(folder, "src/__generated__/artifacts.js"));
  const artifact = (name) => load(`./${name}.graphql`);
  return { artifact, schema, nodes, pages, types: all.length };
}

async function asked(url, body) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/graphql-response+json" },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  const errors = answer.errors?.filter(({ extensions }) => extensions.code !== "UNKNOWN_ID") ?? [];
  assert.deepEqual(errors, [], `${body.operationName ?? body.query}: ${errors[0]?.message}`);
  return answer;
}

function environment(url) {
  const network = Network.create(({ text, name }, variables) => asked(url, { query: text, operationName: name, variables }));
  return new Environment({ network, store: new Store(new RecordSource()) });
}

/** Of a type: the ids of some nodes, and for each connection the id of the one with most edges. */
async function subjects(url, schema, owner, pages) {
  const plural = Object.values(schema.getQueryType().getFields()).find(
    (field) => isConnection(field) && getNamedType(getNamedType(field.type).getFields().nodes.type).name === owner,
  );
  const counts = pages.map(({ field }, index) => {
    const given = ["first: 1", ...needed(field)].join(", ");
    return `c${index}: ${field.name}(${given}) { totalCount }`;
  });
  const { data } = await asked(url, { query: `{ all: ${plural.name}(first: 50) { nodes { id ${counts.join(" ")} } } }` });
  const nodes = data.all.nodes;
  const count = (node, index) => node[`c${index}`].totalCount;
  if (!nodes.length) return { id: `${owner}:none`, exists: false, most: new Map() };
  const largest = (index) => nodes.reduce((a, b) => (count(b, index) > count(a, index) ? b : a)).id;
  return { id: nodes[0].id, exists: true, most: new Map(pages.map((page, index) => [page.name, largest(index)])) };
}

/** Fetches a refetchable fragment by its own query; the fragment's data. */
async function fetched(relayed, artifact, name, variables) {
  const query = artifact(`Every${name}Query`);
  await fetchQuery(relayed, query, variables).toPromise();
  const operation = createOperationDescriptor(query, variables);
  relayed.retain(operation);
  const { data } = relayed.lookup(operation.fragment);
  const fragment = artifact(`Every_${name}`);
  const reference = "node" in data ? data.node : data;
  const read = () => reference && relayed.lookup(getSingularSelector(fragment, reference)).data;
  return { fragment, read };
}

/** Pages through a connection one edge at a time, up to three; how many edges came. */
async function through(relayed, artifact, { name, field }, id) {
  const variables = { count: 1, cursor: null, ...(id && { id }) };
  const { fragment, read } = await fetched(relayed, artifact, name, variables);
  const { paginationRequest, paginationMetadata, connectionPathInFragmentData } = getPaginationMetadata(fragment, name);
  assert.deepEqual(connectionPathInFragmentData, [field.name]);
  const connection = () => read()?.[field.name];
  let edges = connection()?.edges.length ?? 0;
  for (let more = connection()?.pageInfo; more?.hasNextPage && edges < 3; more = connection().pageInfo) {
    const base = id ? { id } : {};
    const next = getPaginationVariables("forward", 1, more.endCursor, variables, base, paginationMetadata);
    await fetchQuery(relayed, paginationRequest, next).toPromise();
    assert.equal(connection().edges.length, (edges += 1), `${name}: each page brings one edge more`);
  }
  return edges;
}

/** Every node fetched again and every connection paged through; what was done. */
async function everywhere(url, { artifact, schema, nodes, pages, types }) {
  let paged = 0;
  const empty = [];
  for (const { owner, name } of [...nodes, { owner: "Query" }]) {
    const own = pages.filter((each) => each.owner === owner);
    const found = name && (await subjects(url, schema, isInterfaceType(schema.getType(owner)) ? "City" : owner, own));
    if (name) {
      const { read } = await fetched(environment(url), artifact, name, { id: found.id });
      assert.equal(read()?.id, found.exists ? found.id : undefined);
    }
    for (const page of own) {
      const edges = await through(environment(url), artifact, page, found && (found.most.get(page.name) ?? found.id));
      if (!edges) empty.push(page.name);
      paged += edges > 1;
    }
  }
  return `${nodes.length} nodes, ${types} connection types in ${pages.length} fields; ${paged} of several pages, ${empty.length} empty`;
}

/** The fragment's data after a first page, and after all others. */
async function paging(url, artifact) {
  const relayed = environment(url);
  const query = artifact("PagesQuery");
  const fragment = artifact("Pages_network");
  const variables = { network: "Network:nordic-safe-cities", count: 8 };
  await fetchQuery(relayed, query, variables).toPromise();
  const operation = createOperationDescriptor(query, variables);
  relayed.retain(operation);
  const reference = relayed.lookup(operation.fragment).data.network;
  const read = () => relayed.lookup(getSingularSelector(fragment, reference)).data;
  const { connectionPathInFragmentData, paginationRequest, paginationMetadata } = getPaginationMetadata(fragment, "members");
  const { identifierInfo } = getRefetchMetadata(fragment, "members");
  assert.deepEqual(connectionPathInFragmentData, ["members"]);
  assert.equal(identifierInfo.identifierField, "id");
  let pages = 1;
  for (let { members } = read(); members.pageInfo.hasNextPage; { members } = read()) {
    const next = getPaginationVariables(
      "forward", 8, members.pageInfo.endCursor, variables, { id: variables.network }, paginationMetadata,
    );
    await fetchQuery(relayed, paginationRequest, next).toPromise();
    pages += 1;
    assert.ok(pages < 10, "the pages come to an end");
  }
  const { members, name } = read();
  assert.equal(members.edges.length, members.totalCount);
  assert.equal(new Set(members.edges.map(({ node }) => node.id)).size, members.totalCount);
  const again = { id: variables.network, count: 8, language: "FI" };
  await fetchQuery(relayed, artifact("PagesRefetchQuery"), again, { fetchPolicy: "network-only" }).toPromise();
  assert.equal(name, "Nordic Safe Cities");
  return `${members.totalCount} members in ${pages} pages`;
}

/** The same requests with other arguments, through one store. */
async function arguments_(url, artifact) {
  let sent = 0;
  const network = Network.create(({ text, name }, variables) => {
    sent += 1;
    return asked(url, { query: text, operationName: name, variables });
  });
  const relayed = new Environment({ network, store: new Store(new RecordSource()) });
  const told = await sequence(url, async (text, variables) => {
    const query = artifact(text.replace(/^\s*query (\w+)[^]*$/, "Recipes$1Query"));
    const operation = createOperationDescriptor(query, variables);
    relayed.retain(operation);
    await fetchQuery(relayed, query, variables, { fetchPolicy: "store-or-network" }).toPromise();
    return relayed.lookup(operation.fragment).data;
  });
  assert.equal(sent, 11, "each request is sent once; the second round is answered from the store");
  return told;
}

export default async function run(url) {
  const all = await compiled(url);
  const told = await arguments_(url, all.artifact);
  return `${told}; ${await everywhere(url, all)}; ${await paging(url, all.artifact)}`;
}
