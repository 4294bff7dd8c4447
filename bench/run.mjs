/**
 * How fast is each kernel?
 *
 *   npm run bench [-- name]      name: part of a suite's name
 *
 * Runs on one thread, in every variant this engine has.
 */
import os from "node:os";
import Benchmark from "benchmark";
import { loadCore } from "./kernels/core.mjs";
import { suites } from "./kernels/suites.mjs";

const wanted = process.argv[2] ?? "";
const cores = {};
for (const variant of ["simd", "relaxed"]) {
  try {
    cores[variant] = await loadCore(variant);
  } catch {
    console.log(`(${variant}: not available in ${process.version})`);
  }
}
console.log(`${process.version}, ${os.cpus()[0].model}`);

function describe({ flops, elements }, seconds) {
  if (flops === undefined) return `${((seconds / elements) * 1e9).toFixed(2)} ns an element`;
  return `${(flops / seconds / 1e9).toFixed(2)} GFLOP/s`;
}

for (const { name, sizes, setup } of suites.filter((suite) => suite.name.includes(wanted))) {
  console.log(`\n${name}`);
  for (const size of sizes) {
    for (const [variant, core] of Object.entries(cores)) {
      core.reset();
      const task = setup(core, size);
      const suite = new Benchmark.Suite();
      suite.add(variant, task.work, { maxTime: 1 });
      suite.on("cycle", ({ target }) => {
        const { mean, rme } = target.stats;
        const time = `${(mean * 1e3).toPrecision(4)} ms ±${rme.toFixed(1)}%`;
        console.log(
          `  ${String(size).padStart(5)}  ${variant.padEnd(8)} ${time.padEnd(22)} ${describe(task, mean)}`,
        );
      });
      suite.run();
    }
  }
}
