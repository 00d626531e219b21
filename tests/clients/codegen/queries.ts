// What a frontend in TypeScript writes: documents typed by GraphQL Code Generator, checked by `tsc --strict`.
import { ClientError, GraphQLClient } from "graphql-request";
import { type FragmentType, graphql, useFragment } from "./generated/index.js";
import { Language, MembershipStatus } from "./generated/graphql.js";

const SOURCE = graphql(`
  fragment Source on Citation { id quote page document { id name } }
`);

const MEMBERS = graphql(`
  query Members($network: ID!, $first: Int!, $after: String, $language: Language) {
    network(id: $network) {
      id
      name(language: $language)
      members(first: $first, after: $after, orderBy: [{ field: POPULATION, direction: DESC }, { field: NAME }]) {
        totalCount
        edges { cursor standing node { id name country population } membership { status validUntil { date bound text(language: $language) } sources { ...Source } } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
`);

const COSTS = graphql(`
  query Costs($city: ID!, $from: Int!, $until: Int!) {
    costPerNetwork(city: $city, from: $from, until: $until) {
      incomplete
      totals { amount currency }
      networks { network { id name } unknownYears years { year fee { amount currency } sources { ...Source } } }
    }
  }
`);

const ANYTHING = graphql(`
  query Anything($ids: [ID!]!) {
    nodes(ids: $ids) { __typename id ... on City { country } ... on Network { kind } ... on Entity { basis sources { ...Source } relationships { field node { id } provenance { basis sources { ...Source } } } } }
  }
`);

const WHERE = graphql(`
  query Where($where: CityWhere!) { cities(first: 10, where: $where) { totalCount nodes { id name } } }
`);

const quoted = (source: FragmentType<typeof SOURCE>): string => useFragment(SOURCE, source).quote;

const client = new GraphQLClient(process.argv[2] ?? "");
const { network } = await client.request(MEMBERS, { network: "Network:nordic-safe-cities", first: 8, language: Language.Fi });
if (!network) throw new Error("no network");
const countries: string[] = network.members.edges.map(({ node }) => node.country);
const quotes: string[] = network.members.edges.flatMap(({ membership }) =>
  membership?.status === MembershipStatus.Member ? membership.sources.map(quoted) : [],
);
const { costPerNetwork } = await client.request(COSTS, { city: "City:vantaa", from: 2023, until: 2024 });
const total: string | undefined = costPerNetwork?.totals[0]?.amount;
const tolerant = new GraphQLClient(process.argv[2] ?? "", { errorPolicy: "all" }); // an unknown id is null, with an error
const { nodes } = await tolerant.request(ANYTHING, { ids: ["City:vantaa", "Network:eccar", "City:nowhere"] });
const kinds = nodes?.map((node) => (node?.__typename === "City" ? node.country : (node?.__typename ?? null)));
const { cities } = await client.request(WHERE, {
  where: { country: { eq: "FI" }, networks: { some: { id: { eq: "Network:eurocities" } } } },
});
const wrong = await client.request(WHERE, { where: { name: { in: Array.from({ length: 600 }, () => "x") } } }).then(
  () => undefined,
  (error: unknown) => (error instanceof ClientError ? error.response.errors?.[0]?.extensions["code"] : String(error)),
);
console.log(JSON.stringify({ countries: countries.length, quotes: quotes.length, total, kinds, found: cities?.nodes.length, wrong }));
