// urql with docs/clients/urql.js: requests that differ in one argument, pages of a connection, an error's code, and persisted queries by POST and GET.
import assert from "node:assert/strict";
import { Client, fetchExchange, gql } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { persistedExchange } from "@urql/exchange-persisted";
import { counting, shown } from "./counting.js";
import { configuration, pages, sequence } from "./recipes.js";

const DUE = gql`
  query Due($city: ID!, $by: Date!) {
    renewalsDue(city: $city, by: $by, first: 5) {
      totalCount
      nodes { decideBy reason network { id name } }
    }
  }
`;

async function mistakes(url) {
  const client = new Client({ url, exchanges: [fetchExchange], preferGetMethod: false });
  const { data } = await client.query(DUE, { city: "City:vantaa", by: "2026-01-01" });
  assert.ok(data.renewalsDue.totalCount > 0);
  const { error } = await client.query(DUE, { city: "City:vantaa", by: "tomorrow" });
  assert.equal(error.graphQLErrors[0].extensions.code, "BAD_USER_INPUT");
}

async function persisted(url) {
  for (const [preferGetForPersistedQueries, method] of [[false, "POST"], ["force", "GET"]]) {
    const { seen, fetch } = counting();
    const named = gql`query ByHash${method}${Date.now()} { network(id: "Network:eccar") { id name } }`;
    for (let round = 0; round < 2; round += 1) {
      const exchanges = [persistedExchange({ preferGetForPersistedQueries }), fetchExchange];
      const client = new Client({ url, fetch, exchanges, preferGetMethod: false });
      const { data, error } = await client.query(named, {});
      assert.equal(error, undefined);
      assert.equal(data.network.id, "Network:eccar");
    }
    assert.deepEqual(shown(seen), [`${method} hash 400`, `${method} document 200`, `${method} hash 200`]);
  }
}

/** The same requests with other arguments, and pages of a connection, through one cache. */
async function cached(url) {
  const { keys, possibleTypes, resolvers } = await configuration("urql");
  const complaints = [];
  const logger = (severity, message) => severity === "debug" || complaints.push(message);
  const { seen, fetch } = counting();
  const client = () => {
    const exchanges = [cacheExchange({ keys, possibleTypes, resolvers, logger }), fetchExchange];
    return new Client({ url, fetch, exchanges, preferGetMethod: false });
  };
  const ask = (urql) => async (query, variables) => {
    const { data, error } = await urql.query(query, variables);
    assert.equal(error, undefined);
    return data;
  };
  const told = await sequence(url, ask(client()));
  assert.equal(seen.length, 11, "each request is sent once; the second round is answered from the cache");
  const paged = await pages(url, ask(client()));
  assert.deepEqual(complaints, []);
  return `${told}; ${paged}`;
}

export default async function run(url) {
  const told = await cached(url);
  await mistakes(url);
  await persisted(url);
  return `${told}; error codes; persisted queries by POST and GET`;
}
