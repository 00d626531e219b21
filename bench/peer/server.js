// The peer: @neo4j/graphql on Apollo Server. The first line on standard output is its address; it ends with its input.
//
// PEER_URI, PEER_USER, PEER_PASSWORD and PEER_DATABASE say which database it is over, PEER_STATEMENTS has the texts of
// questions by name. With PEER_CACHE it keeps answers for a minute, by Apollo's own plugin.

import { readFileSync } from "node:fs";
import { ApolloServer } from "@apollo/server";
import { ApolloServerPluginCacheControl } from "@apollo/server/plugin/cacheControl";
import { startStandaloneServer } from "@apollo/server/standalone";
import responseCache from "@apollo/server-plugin-response-cache";
import { Neo4jGraphQL } from "@neo4j/graphql";
import neo4j from "neo4j-driver";
import { resolvers } from "./questions.js";

const { PEER_URI, PEER_USER, PEER_PASSWORD, PEER_DATABASE, PEER_CACHE } = process.env;

const driver = neo4j.driver(PEER_URI, neo4j.auth.basic(PEER_USER, PEER_PASSWORD), { maxConnectionPoolSize: 40 });
const sessionConfig = { database: PEER_DATABASE };

const session = async (work) => {
  const opened = driver.session(sessionConfig);
  try {
    return await work(opened);
  } finally {
    await opened.close();
  }
};

const typeDefs = readFileSync(new URL("schema.graphql", import.meta.url), "utf8");
const schema = await new Neo4jGraphQL({ typeDefs, driver, resolvers }).getSchema();
const keeping = [ApolloServerPluginCacheControl({ defaultMaxAge: 60 }), responseCache.default?.() ?? responseCache()];
const server = new ApolloServer({ schema, plugins: PEER_CACHE ? keeping : [] });
const { url } = await startStandaloneServer(server, {
  listen: { host: "127.0.0.1", port: 0 },
  context: async () => ({ sessionConfig, cypherQueryOptions: { addVersionPrefix: false }, session }),
});

const stop = async () => {
  await server.stop();
  await driver.close();
  process.exit(0);
};
process.once("SIGTERM", stop);
process.stdin.once("end", stop).resume();
console.log(url);
