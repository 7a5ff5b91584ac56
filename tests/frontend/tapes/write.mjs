/**
 * Writes the tapes of golden.ts to tests/tapes/ (`npm run tapes`). A tape that is there is left as
 * it is: recordings live for ever, and golden tapes are never edited.
 */
import { existsSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { runnerImport } from "vite";

const here = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const config = { configFile: here("../../../vite.config.ts") };
const { module } = await runnerImport(here("golden.ts"), config);

for (const [name, make] of Object.entries(module.GOLDEN)) {
  const path = here(`../../tapes/${name}.jsonl`);
  if (existsSync(path)) {
    console.log(`${name}: there already, left as it is`);
    continue;
  }
  const lines = make().map((event) => `${JSON.stringify(event)}\n`);
  writeFileSync(path, lines.join(""));
  console.log(`${name}: ${lines.length} events`);
}
