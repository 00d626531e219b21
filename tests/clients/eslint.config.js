// graphql-eslint's presets for schemas and for Relay; what is switched off says why.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import graphql from "@graphql-eslint/eslint-plugin";
import { buildSchema, isObjectType } from "graphql";

const { rules: recommended } = graphql.configs["flat/schema-recommended"];
const { rules: relay } = graphql.configs["flat/schema-relay"];

const schema = fileURLToPath(new URL(".build/eslint/schema.graphql", import.meta.url));

// Values that no client looks up again: edges, pages, amounts, rows of an answer. What has an id implements Node.
const values = Object.values(buildSchema(readFileSync(schema, "utf8")).getTypeMap())
  .filter((each) => isObjectType(each) && !each.getInterfaces().some(({ name }) => name === "Node"))
  .map(({ name }) => name);

export default [
  {
    files: ["**/*.graphql"],
    languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema } } },
    plugins: { "@graphql-eslint": graphql },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      ...recommended,
      ...relay,
      // Lists that stay short (the sources of a fact) are lists, and every connection has `nodes` beside its edges.
      // A question's pages hold rows computed for the answer (a pair of networks, a renewal that is due), which are no
      // nodes: nothing could look them up again.
      "@graphql-eslint/relay-edge-types": [
        "error",
        { listTypeCanWrapOnlyEdgeType: false, shouldImplementNode: false },
      ],
      "@graphql-eslint/strict-id-in-types": ["error", { exceptions: { types: values } }],
    },
  },
];
