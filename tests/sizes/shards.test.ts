/**
 * Sums over files are those over all rows, however many rows there are and wherever they are split.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { createEngine } from "../../bindings/index.js";
import { ShardedSums } from "../../bindings/lab/sharded/sums.js";
import { computeCell } from "../../bindings/lab/sweep/compute.js";
import type { Executor } from "../../bindings/lab/sweep/local.js";
import {
  create,
  dataOf,
  difference,
  EDGES,
  EPS,
  flatten,
  largest,
  type Size,
  sizes,
} from "./problems.js";

const engine = await createEngine();
const folder = mkdtempSync(join(tmpdir(), "newton-nn-sizes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Cells computed one after the other by this process: what a worker does, without starting one. */
const executor: Executor = {
  async run(cells, report) {
    for (const cell of cells) report(cell, await computeCell(cell, null));
  },
  async close() {},
};

let files = 0;
function writeShards(size: Size, splits: readonly number[]) {
  const { x, y } = dataOf(size);
  const inputs = Array.from({ length: size.inputs }, (_, a) => `x${a}`);
  const ends = [...new Set(splits)].filter((end) => end < size.samples).sort((a, b) => a - b);
  const paths = [...ends, size.samples].map((end, shard) => {
    const rows = [];
    for (let m = ends[shard - 1] ?? 0; m < end; m++) {
      rows.push([...x.subarray(m * size.inputs, (m + 1) * size.inputs), y[m]].join(","));
    }
    const path = join(folder, `${files++}.csv`);
    writeFileSync(path, `${[...inputs, "y"].join(",")}\n${rows.join("\n")}\n`);
    return path;
  });
  return { files: paths, inputs, target: "y" };
}

describe.each(EDGES)("with %i rows", (samples) => {
  it("loss, J^T r / M and J^T J / M of shards are those of the whole", async () => {
    const cases = sizes(samples, { aboveUpTo: 300, values: samples });
    const splits = fc.array(fc.constantFrom(...EDGES), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(cases, splits, async (size, ends) => {
        const network = await create(size, engine);
        const data = dataOf(size);
        const n = network.parameterCount;
        const sums = new ShardedSums(executor, writeShards(size, ends), engine);
        const arena = engine.open();
        const [gradientAt, gramAt] = [arena.f64(n + 8), arena.f64(n * n)];
        engine.f64(gradientAt, n).fill(0);
        engine.f64(gramAt, n * n).fill(0);
        const totals = { gradient: gradientAt, gram: gramAt };
        const loss = await sums.evaluate(network.toJSON(), "gauss-newton", totals);
        const gradient = engine.f64(gradientAt, n).slice();
        const gram = engine.f64(gramAt, n * n).slice();
        arena.close();
        const tolerance = 4 * (samples + 10) * EPS;
        const whole = network.hessian(data, { curvature: "gauss-newton" });
        expect(Math.abs(loss / network.loss(data) - 1)).toBeLessThan(tolerance);
        expect(difference(gram, whole)).toBeLessThan(tolerance);
        const terms = largest(network.jacobian(data.x)) * Math.sqrt(2 * loss);
        const slope = flatten(network.gradient(data));
        expect(difference(gradient, slope, terms)).toBeLessThan(tolerance);
        network.dispose();
      }),
      { numRuns: samples < 500 ? 6 : 3, seed: samples },
    );
  });
});
