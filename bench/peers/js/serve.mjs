/**
 * A peer process of the benchmarks, for packages of npm: one request a line, one answer a line,
 * both JSON.
 *
 *   node serve.mjs PEER        PEER is a module beside this one
 *
 * The first line out is what the peer is and what it can do. Peers export `version` and any of
 * `METHODS`.
 */
import { createInterface } from "node:readline";

const METHODS = ["solve", "gaussNewton", "train", "steps", "regress", "classify"];
// What packages print is not an answer.
console.log = console.error;
const start = performance.now();
const peer = await import(`./${process.argv[2]}.mjs`);
const can = METHODS.filter((method) => method in peer);
answer({ version: peer.version, can, importSeconds: (performance.now() - start) / 1000 });

for await (const line of createInterface({ input: process.stdin })) {
  const { method, ...request } = JSON.parse(line);
  try {
    const result = await peer[method](request);
    answer({ ...result, peakMebibytes: Math.round(process.resourceUsage().maxRSS / 1024) });
  } catch (error) {
    answer({ error: String(error?.message ?? error).slice(0, 200) });
  }
}
// Some packages leave timers or workers behind.
process.exit(0);

function answer(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
