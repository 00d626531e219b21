// graphql-request: by POST and GET, and an error's code.
import assert from "node:assert/strict";
import { ClientError, GraphQLClient, gql } from "graphql-request";

const COSTS = gql`
  query Costs($city: ID!, $from: Int!, $until: Int!) {
    costPerNetwork(city: $city, from: $from, until: $until) {
      totals { amount currency }
      networks { network { name } unknownYears years { year fee { amount currency } } }
    }
  }
`;

export default async function run(url) {
  const variables = { city: "City:vantaa", from: 2023, until: 2024 };
  for (const method of ["POST", "GET"]) {
    const client = new GraphQLClient(url, { method, jsonSerializer: JSON });
    const { costPerNetwork } = await client.request(COSTS, variables);
    assert.deepEqual(costPerNetwork.totals, [{ amount: "20000.00", currency: "EUR" }]);
    await assert.rejects(client.request(COSTS, { ...variables, from: "x" }), (error) => {
      assert.ok(error instanceof ClientError, String(error));
      assert.equal(error.response.errors[0].extensions.code, "BAD_USER_INPUT");
      return true;
    });
  }
  return "a question by POST and GET; error codes";
}
