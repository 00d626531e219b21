// What the generated cache configurations of docs/clients must answer: the same sequence for each client.
import assert from "node:assert/strict";
import { copyFile, mkdir } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { HERE } from "./schema.js";

/** The configuration for a client, copied into this project as an application would copy it. */
export async function configuration(client) {
  const folder = path.join(HERE, ".build/recipes");
  await mkdir(folder, { recursive: true });
  await copyFile(path.resolve(HERE, `../../docs/clients/${client}.js`), path.join(folder, `${client}.js`));
  return import(pathToFileURL(path.join(folder, `${client}.js`)));
}

const MEMBERS = `
  query Members($network: ID!, $on: Date, $includeApplied: Boolean, $country: String, $first: Int, $after: String) {
    network(id: $network) {
      id
      members(
        on: $on
        includeApplied: $includeApplied
        where: { country: { eq: $country } }
        first: $first
        after: $after
      ) {
        totalCount
        nodes { id name }
        edges { cursor node { id } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
`;

/** Members of a network, and nothing but figures of them. */
const FIGURES = `
  query Figures($network: ID!, $on: Date) {
    network(id: $network) {
      id
      members(on: $on) {
        aggregate { count population { max } }
        groupBy(keys: [COUNTRY], first: 2) { totalCount nodes { keys { value } aggregate { count } } }
      }
    }
  }
`;
const GROUPS = `
  query Groups($network: ID!, $on: Date) {
    network(id: $network) {
      id
      members(on: $on) {
        totalCount
        aggregate { population { min } }
        groupBy(keys: [COUNTRY], having: [{ gte: 2 }], first: 2) { totalCount nodes { keys { value } } }
      }
    }
  }
`;
const PEERS = `
  query Peers($theme: ID!, $on: Date) {
    peerCities(city: "City:vantaa", theme: $theme, on: $on, first: 3) {
      totalCount
      nodes { shared city { id name } }
    }
  }
`;

/** The requests, in pairs whose answers differ although only one argument does. */
const PAIRS = [
  [MEMBERS, { network: "Network:eurocities", on: "1990-01-01", first: 200 }, { on: "2026-01-01" }],
  [MEMBERS, { network: "Network:eccar", on: "2014-01-01", first: 200 }, { includeApplied: true }],
  [MEMBERS, { network: "Network:nordic-safe-cities", on: "2026-01-01", country: "FI", first: 200 }, { country: "SE" }],
  [FIGURES, { network: "Network:nordic-safe-cities", on: "1990-01-01" }, { on: "2026-01-01" }],
  [PEERS, { theme: "Theme:vantaa-overall-safety", on: "1990-01-01" }, { on: "2026-01-01" }],
];

/** All documents of `sequence`. */
export const DOCUMENTS = [MEMBERS, FIGURES, GROUPS, PEERS];

/** An answer of the server that no cache has seen. */
async function uncached(url, query, variables) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined, errors?.[0].message);
  return data;
}

/** Data without the `__typename` that clients add. */
const plain = (data) => JSON.parse(JSON.stringify(data, (key, value) => (key === "__typename" ? undefined : value)));

/**
 * Sends all pairs and again, through one client with one cache, and compares every answer with the server's.
 * `ask(query, variables)` returns data, from the cache if the cache has it.
 */
export async function sequence(url, ask) {
  for (const round of [1, 2]) {
    for (const [query, variables, change] of PAIRS) {
      const answers = [];
      for (const asked of [variables, { ...variables, ...change }]) {
        const data = plain(await ask(query, asked));
        assert.deepEqual(data, await uncached(url, query, asked), `round ${round}: ${JSON.stringify(asked)}`);
        answers.push(data);
      }
      assert.notDeepEqual(answers[0], answers[1], `the argument counts: ${JSON.stringify(change)}`);
    }
  }
  const variables = { network: "Network:nordic-safe-cities", on: "2026-01-01" };
  for (const query of [FIGURES, GROUPS, FIGURES]) {
    assert.deepEqual(plain(await ask(query, variables)), await uncached(url, query, variables));
  }
  return `${PAIRS.length} pairs of arguments with equal answers from the cache`;
}

/** Pages through the members of a network, and compares all pages together with one large page. */
export async function pages(url, page) {
  const variables = { network: "Network:nordic-safe-cities", on: "2026-01-01", first: 8 };
  const whole = (await uncached(url, MEMBERS, { ...variables, first: 200 })).network.members;
  assert.ok(whole.nodes.length > 16);
  let shown = (await page(MEMBERS, variables)).network.members;
  let count = 1;
  for (; shown.pageInfo.hasNextPage; count += 1) {
    assert.ok(count < 10, "the pages come to an end");
    shown = (await page(MEMBERS, { ...variables, after: shown.pageInfo.endCursor })).network.members;
    assert.equal(shown.edges.length, shown.nodes.length);
  }
  assert.deepEqual(plain(shown), whole);
  return `${whole.nodes.length} members in ${count} pages`;
}
