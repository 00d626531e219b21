// Apollo Client with docs/clients/apollo.js: requests that differ in one argument, pages of a connection, an error's code, and persisted queries by POST and GET.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from "@apollo/client/core";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { counting, shown } from "./counting.js";
import { configuration, pages, sequence } from "./recipes.js";

const sha256 = (text) => createHash("sha256").update(text).digest("hex");

const { possibleTypes, typePolicies } = await configuration("apollo");

function client(link) {
  return new ApolloClient({ link, cache: new InMemoryCache({ possibleTypes, typePolicies }) });
}

/** The same requests with other arguments through one cache. */
async function arguments_(url) {
  const { seen, fetch } = counting();
  const apollo = client(new HttpLink({ uri: url, fetch }));
  const told = await sequence(url, async (query, variables) => (await apollo.query({ query: gql(query), variables })).data);
  assert.equal(seen.length, 11, "each request is sent once; the second round is answered from the cache");
  return told;
}

/** Pages of a connection by `fetchMore`, as they are shown after each. */
async function paging(url) {
  const apollo = client(new HttpLink({ uri: url }));
  let watched;
  const told = await pages(url, async (query, { after, ...variables }) => {
    if (!watched) {
      watched = apollo.watchQuery({ query: gql(query), variables });
      watched.subscribe(() => {});
      return (await apollo.query({ query: gql(query), variables })).data;
    }
    // Twice, as a reader who clicks twice: the page is shown once.
    await Promise.all([watched.fetchMore({ variables: { after } }), watched.fetchMore({ variables: { after } })]);
    return apollo.readQuery({ query: gql(query), variables });
  });
  apollo.stop();
  assert.equal(apollo.cache.extract()["City:City:vantaa"].name, "Vantaa");
  return told;
}

/** The page before the first one that is shown, by `fetchMore`, also if `startCursor` is not selected. */
async function backward(url) {
  for (const position of ["hasPreviousPage startCursor", "endCursor"]) {
    const apollo = client(new HttpLink({ uri: url }));
    const query = gql(`query ($first: Int, $after: String, $last: Int, $before: String) {
      network(id: "Network:nordic-safe-cities") { id
        members(on: "2023-11-27", first: $first, after: $after, last: $last, before: $before) {
          edges { cursor node { id } } pageInfo { ${position} } } } }`);
    const all = (await apollo.query({ query, variables: { first: 8 }, fetchPolicy: "no-cache" })).data;
    const cursors = all.network.members.edges.map((edge) => edge.cursor);
    const variables = { first: 4, after: cursors[3] };
    const watched = apollo.watchQuery({ query, variables });
    watched.subscribe(() => {});
    await apollo.query({ query, variables });
    await watched.fetchMore({ variables: { first: null, after: null, last: 4, before: cursors[4] } });
    const { edges } = apollo.readQuery({ query, variables }).network.members;
    assert.deepEqual(edges.map((edge) => edge.cursor), cursors);
    apollo.stop();
  }
  return "a page before the first";
}

/** Two queries that select different fields of one value without an id: each finds all its fields in the cache. */
async function values(url) {
  const { seen, fetch } = counting();
  const apollo = client(new HttpLink({ uri: url, fetch }));
  const years = "feeYears(from: 2020, until: 2025)";
  const selections = [
    `${years} { aggregate { count } }`,
    `${years} { aggregate { fee { unknown } } groupBy(keys: [YEAR]) { totalCount } }`,
  ].map((selected) => gql`{ city(id: "City:vantaa") { id ${selected} } }`);
  const answers = [];
  for (const query of [...selections, ...selections]) answers.push((await apollo.query({ query })).data);
  assert.equal(seen.length, 2, "the second round is answered from the cache");
  assert.deepEqual(answers.slice(2), answers.slice(0, 2));
  assert.ok(answers[0].city.feeYears.aggregate.count > 0);
  return "two selections of one value";
}

async function mistakes(url) {
  const apollo = client(new HttpLink({ uri: url }));
  const unknown = gql`query { peerCities(city: "City:nowhere", theme: "Theme:vantaa-overall-safety") { totalCount } }`;
  await assert.rejects(apollo.query({ query: unknown }), (error) => {
    assert.ok(CombinedGraphQLErrors.is(error), String(error));
    assert.equal(error.errors[0].extensions.code, "UNKNOWN_ID");
    return true;
  });
}

async function persisted(url) {
  for (const [useGETForHashedQueries, method] of [[false, "POST"], [true, "GET"]]) {
    const { seen, fetch } = counting();
    const link = () => new PersistedQueryLink({ sha256, useGETForHashedQueries }).concat(new HttpLink({ uri: url, fetch }));
    const named = gql`query ByHash${method}${Date.now()} { city(id: "City:vantaa") { id name } }`;
    for (let round = 0; round < 2; round += 1) {
      const { data } = await client(link()).query({ query: named });
      assert.equal(data.city.name, "Vantaa");
    }
    assert.deepEqual(shown(seen), [`${method} hash 400`, "POST document 200", `${method} hash 200`]);
  }
}

export default async function run(url) {
  const told = [await arguments_(url), await paging(url), await backward(url), await values(url)].join("; ");
  await mistakes(url);
  await persisted(url);
  return `${told}; error codes; persisted queries by POST and GET`;
}
