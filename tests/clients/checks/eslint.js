// graphql-eslint over the server's schema: no error and no warning under the rules of eslint.config.js.
import { ESLint } from "eslint";
import path from "node:path";
import { HERE, workshop } from "./schema.js";

const EXPECTED = [
  // The literature's name of the measure.
  'Field "overlapCoefficient" starts with the name of the parent type "Overlap"',
  // "Reported on", which says what the field is; "on" alone says less.
  'Field "reportedOn" starts with the name of the parent type "Report"',
];

export default async function run(url) {
  const { folder } = await workshop("eslint", url);
  const eslint = new ESLint({ cwd: folder, overrideConfigFile: path.join(HERE, "eslint.config.js") });
  const results = await eslint.lintFiles(["schema.graphql"]);
  const all = results.flatMap(({ messages }) => messages);
  const missing = EXPECTED.filter((each) => !all.some(({ message }) => message === each));
  if (missing.length) throw new Error(`expected and not told: ${missing.join("; ")}`);
  const messages = all.filter(({ message }) => !EXPECTED.includes(message));
  if (messages.length) {
    const counts = {};
    for (const { ruleId } of messages) counts[ruleId] = (counts[ruleId] ?? 0) + 1;
    const lines = messages.slice(0, 40).map(({ line, ruleId, message }) => `  ${line}: ${ruleId}: ${message}`);
    throw new Error([`${messages.length} messages: ${JSON.stringify(counts)}`, ...lines].join("\n"));
  }
  const config = await eslint.calculateConfigForFile("schema.graphql");
  const active = Object.values(config.rules).filter(([severity]) => severity === 2).length;
  return `${active} rules: 0 errors, 0 warnings but ${EXPECTED.length} that are expected`;
}
