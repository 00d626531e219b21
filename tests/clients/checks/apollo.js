// Apollo Client: a query, pages of a connection, an error's code, and persisted queries by POST and GET.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from "@apollo/client/core";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { relayStylePagination } from "@apollo/client/utilities";
import { counting, shown } from "./counting.js";

const MEMBERS = gql`
  query Members($network: ID!, $first: Int!, $after: String) {
    network(id: $network) {
      id
      name
      members(first: $first, after: $after) {
        edges { cursor node { id name country } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
`;
const variables = { network: "Network:nordic-safe-cities", first: 8 };
const sha256 = (text) => createHash("sha256").update(text).digest("hex");

function client(link) {
  const typePolicies = { Network: { fields: { members: relayStylePagination() } } };
  return new ApolloClient({ link, cache: new InMemoryCache({ typePolicies }) });
}

async function pages(url) {
  const apollo = client(new HttpLink({ uri: url }));
  const watched = apollo.watchQuery({ query: MEMBERS, variables });
  const subscription = watched.subscribe(() => {});
  let page = await apollo.query({ query: MEMBERS, variables });
  let fetched = 1;
  while (page.data.network.members.pageInfo.hasNextPage) {
    page = await watched.fetchMore({ variables: { after: page.data.network.members.pageInfo.endCursor } });
    fetched += 1;
    assert.ok(fetched < 10, "the pages come to an end");
  }
  subscription.unsubscribe();
  const data = apollo.readQuery({ query: MEMBERS, variables });
  const ids = data.network.members.edges.map((edge) => edge.node.id);
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(ids.length > 16 && ids.includes("City:vantaa"));
  assert.equal(apollo.cache.extract()["City:City:vantaa"].name, "Vantaa");
  return `${ids.length} members in ${fetched} pages`;
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
  const told = await pages(url);
  await mistakes(url);
  await persisted(url);
  return `${told}; error codes; persisted queries by POST and GET`;
}
