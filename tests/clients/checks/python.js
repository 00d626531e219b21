// Python's clients, in an environment of their own: see python/check.py.
import path from "node:path";
import { HERE, run as command, workshop } from "./schema.js";

export default async function run(url) {
  const { folder } = await workshop("python", url);
  const uv = path.join(HERE, "../../.venv/bin/uv");
  const home = path.join(HERE, "python");
  const args = ["run", "--quiet", "--locked", "--project", home, "python", path.join(home, "check.py")];
  const env = { ...process.env, UV_PROJECT_ENVIRONMENT: path.join(home, ".venv"), VIRTUAL_ENV: "" };
  const told = await command(uv, [...args, url, folder], { env });
  return told.trim().split("\n").at(-1);
}
