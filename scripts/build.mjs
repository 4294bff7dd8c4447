/** Builds everything: the Wasm variants, their inline form, dist/. */
import { buildCore, builds } from "./core.mjs";
import { makeDist } from "./dist.mjs";

await buildCore(builds);
await makeDist();
