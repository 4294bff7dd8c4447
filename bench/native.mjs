/**
 * How near is the core to native code? Pairs each work with SciPy's OpenBLAS, interleaved in one
 * run, on the same number of threads.
 *
 *   npm run bench:native [-- --repetitions 9]
 *
 * Needs python3 with SciPy (Debian: python3-scipy). The ratio is native time over ours: 1 is as
 * fast, 0.5 half as fast. Ends with one JSON line.
 */
import os from "node:os";
import { parseArgs } from "node:util";
import { loadCore } from "./kernels/core.mjs";
import { Native } from "./native/process.mjs";
import { ours, timed } from "./native/work.mjs";

const { values: flags } = parseArgs({ options: { repetitions: { type: "string", default: "9" } } });
const repetitions = Number(flags.repetitions);

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

const rows = [
  { work: "potrf", native: "potrf", size: 1000, flops: (n) => n ** 3 / 3 },
  { work: "potrf", native: "potrf", size: 2000, flops: (n) => n ** 3 / 3 },
  { work: "potrf", native: "potrf", size: 4000, flops: (n) => n ** 3 / 3 },
  { work: "syrk", native: "syrk", size: 3000, flops: (n) => n ** 2 * 128 },
  { work: "posv, mixed precision", native: "posv", size: 2000, flops: (n) => n ** 3 / 3 },
  { work: "sytrf, indefinite", native: "sytrf", size: 2000, flops: (n) => n ** 3 / 3 },
  { work: "newton", native: "newton", size: 667, flops: (n) => 9 * n ** 3 + 9 * n ** 2 * 128 },
];

async function loadVariants() {
  const cores = {};
  for (const variant of ["simd", "relaxed"]) {
    try {
      cores[variant] = await loadCore(variant);
    } catch {
      console.log(`(${variant}: not available in ${process.version})`);
    }
  }
  return cores;
}

const results = [];
const native = await Native.start(1);
console.log(`Node ${process.version}, ${native.version}, ${os.cpus()[0].model}, one thread`);
const cores = await loadVariants();
for (const { work, native: nativeWork, size, flops } of rows) {
  const runs = Object.entries(cores).map(([variant, core]) => {
    core.reset();
    const run = ours[work](core, size);
    for (let warm = 0; warm < 3; warm++) run();
    return { variant, run, seconds: [] };
  });
  const seconds = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    seconds.push(await native.time(nativeWork, size));
    for (const entry of runs) entry.seconds.push(entry.run());
  }
  for (const { variant, seconds: own } of runs) {
    const ratio = median(own.map((value, index) => seconds[index] / value));
    const rate = (time) => flops(size) / median(time) / 1e9;
    results.push({
      work,
      size,
      variant,
      threads: 1,
      ratio,
      gflops: rate(own),
      native: rate(seconds),
    });
    console.log(
      `${work.padEnd(22)} ${String(size).padStart(5)}  ${variant.padEnd(8)} ratio ${ratio.toFixed(3)}   ${rate(own).toFixed(1)} of ${rate(seconds).toFixed(1)} GFLOP/s`,
    );
  }
}
native.stop();

for (const variant of Object.keys(cores)) {
  const core = await loadCore(variant, 2);
  const run = ours.potrf(core, 2000);
  const times = { 1: [], 2: [] };
  for (let repetition = 0; repetition < repetitions + 2; repetition++) {
    for (const threads of [1, 2]) {
      core.setThreads(threads);
      times[threads].push(run());
    }
  }
  const ratio = median(times[1].map((value, index) => value / times[2][index]));
  core.exports.shutdown();
  results.push({ work: "potrf, two threads against one", size: 2000, variant, threads: 2, ratio });
  console.log(`potrf, two threads against one, 2000  ${variant.padEnd(8)} ${ratio.toFixed(2)}`);
}

for (const [variant, core] of Object.entries(cores)) {
  core.reset();
  const n = 4096;
  const z = core.vector(n, (i) => 4 * Math.sin(i));
  const out = core.bytes(24 * n);
  const input = core.f64(z, n).slice();
  const output = new Float64Array(n);
  const ratios = [];
  for (let repetition = 0; repetition < 200; repetition++) {
    const wasm = timed(() => core.exports.activateJet(0, n, z, out, out + 8 * n, out + 16 * n));
    const host = timed(() => {
      for (let i = 0; i < n; i++) output[i] = Math.tanh(input[i]);
    });
    ratios.push(wasm / host);
  }
  const ratio = median(ratios);
  results.push({
    work: "tanh with two derivatives against Math.tanh alone",
    size: n,
    variant,
    threads: 1,
    ratio,
  });
  console.log(
    `tanh with two derivatives, time against Math.tanh alone  ${variant.padEnd(8)} ${ratio.toFixed(3)}`,
  );
}

console.log(
  JSON.stringify({
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    native: native.version,
    processor: os.cpus()[0].model,
    repetitions,
    results,
  }),
);
