// The audits of GraphQL over HTTP: all must be ok, without a warning.
import assert from "node:assert/strict";
import { serverAudits } from "graphql-http";

export default async function run(url) {
  const results = [];
  for (const audit of serverAudits({ url })) results.push(await audit.fn());
  const others = results.filter((each) => each.status !== "ok");
  assert.deepEqual(
    others.map((each) => `${each.status} ${each.id}: ${each.reason}`),
    [],
  );
  return `${results.length} audits: ${results.length} ok, 0 notice, 0 warn, 0 error`;
}
