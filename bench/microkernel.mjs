/**
 * Forms that the loop of assembly/linalg/microkernel.ts could have, compiled and timed in turns:
 * what the choice there rests on.
 *
 *   node bench/microkernel.mjs [simd|relaxed]
 *
 * Each form multiplies a panel of four rows with sixteen others of k columns that lie in the
 * second-level cache. Prints medians and, in brackets, the median ratio of its speed to that of one
 * step a round.
 */
import asc from "assemblyscript/asc";
import { median } from "./peers/table.mjs";

const relaxed = process.argv[2] === "relaxed";
const TILES = 16;

/** C(., j) += a(.) b_j for the two vectors of a. */
const multiply = (j) => `c0${j} = madd(a0, b${j}, c0${j}); c1${j} = madd(a1, b${j}, c1${j});`;
const loadA = (offset) => `const a0 = v128.load(a, ${offset}), a1 = v128.load(a, ${offset + 16});`;

/** The vectors of B in one step, for `columns` of them in `bytes` bytes. */
const forms = {
  spread: { columns: 4, bytes: 32, b: (j, offset) => `v128.load_splat<f64>(b, ${offset + 8 * j})` },
  exchanged: {
    columns: 4,
    bytes: 32,
    b: (j, offset) =>
      j % 2 === 0
        ? `v128.load(b, ${offset + 8 * j})`
        : `v128.shuffle<u64>(b${j - 1}, b${j - 1}, 1, 0)`,
  },
  twice: { columns: 4, bytes: 64, b: (j, offset) => `v128.load(b, ${offset + 16 * j})` },
  six: { columns: 6, bytes: 48, b: (j, offset) => `v128.load_splat<f64>(b, ${offset + 8 * j})` },
};
const columnsOf = ({ columns }) => Array.from({ length: columns }, (_, j) => j);

function step(form, offsetA, offsetB) {
  const columns = columnsOf(form).map((j) => `const b${j} = ${form.b(j, offsetB)}; ${multiply(j)}`);
  return `{ ${loadA(offsetA)} ${columns.join(" ")} }`;
}

/** The loop over `end - a` bytes: `steps` a round. */
const loops = {
  /** Pointers move in each step, and each may be the last. */
  moving: (form, steps) => {
    const one = `${step(form, 0, 0)} a += 32; b += ${form.bytes}; if (a >= end) break;`;
    return `while (true) { ${`${one}\n`.repeat(steps)} }`;
  },
  /** Constant offsets, each step may be the last. */
  offsets: (form, steps) => {
    const exits = Array.from({ length: steps }, (_, u) => {
      const last = u === steps - 1;
      const exit = last ? "" : `if (a >= end - ${32 * (u + 1)}) break;`;
      return `${step(form, 32 * u, form.bytes * u)} ${exit}\n`;
    });
    return `while (true) { ${exits.join("")} a += ${32 * steps}; b += ${form.bytes * steps}; if (a >= end) break; }`;
  },
  /** Constant offsets, k a multiple of the steps. */
  straight: (form, steps) => {
    const all = Array.from({ length: steps }, (_, u) => step(form, 32 * u, form.bytes * u));
    return `while (true) { ${all.join("\n")} a += ${32 * steps}; b += ${form.bytes * steps}; if (a >= end) break; }`;
  },
};

const variants = [
  ["spread", "moving", 1],
  ["spread", "moving", 4],
  ["spread", "moving", 8],
  ["spread", "straight", 4],
  ["exchanged", "offsets", 4],
  ["twice", "offsets", 4],
  ["six", "moving", 8],
].map(([form, loop, steps]) => ({ name: `${form}, ${loop}, ${steps}`, form, loop, steps }));

function kernel({ form, loop, steps }, index) {
  const columns = columnsOf(forms[form]);
  const pairs = columns.map((j) => `c0${j} = zero, c1${j} = zero`).join(", ");
  const stores = columns.map(
    (j) =>
      `v128.store(c, f64x2.add(v128.load(c, ${32 * j}), c0${j}), ${32 * j}); v128.store(c, f64x2.add(v128.load(c, ${32 * j + 16}), c1${j}), ${32 * j + 16});`,
  );
  return `
    function tile${index}(k: i32, a: usize, b: usize, c: usize): void {
      const zero = f64x2.splat(0), end = a + (<usize>k << 5);
      let ${pairs};
      ${loops[loop](forms[form], steps)}
      ${stores.join("\n")}
    }
    export function run${index}(repetitions: i32, k: i32, a: usize, b: usize, c: usize): void {
      for (let r = 0; r < repetitions; r++) {
        for (let t: usize = 0; t < ${TILES}; t++) tile${index}(k, a, b + t * <usize>k * ${forms[form].bytes}, c + t * ${32 * columns.length});
      }
    }`;
}

const madd = relaxed ? "f64x2.relaxed_madd(a, b, c)" : "f64x2.add(f64x2.mul(a, b), c)";
const source = `
  // @ts-ignore: decorator
  @inline
  function madd(a: v128, b: v128, c: v128): v128 { return ${madd}; }
  ${variants.map(kernel).join("\n")}`;

async function compile() {
  const flags = ["--enable", "simd", ...(relaxed ? ["--enable", "relaxed-simd"] : [])];
  const options = ["-O3", "--noAssert", "--runtime", "stub", "--initialMemory", "32"];
  let binary;
  const { error, stderr } = await asc.main(["m.ts", "-o", "m.wasm", ...flags, ...options], {
    readFile: (name) => (name === "m.ts" ? source : null),
    writeFile: (name, contents) => {
      if (name === "m.wasm") binary = contents;
    },
    listFiles: () => [],
  });
  if (error !== null) throw new Error(stderr.toString(), { cause: error });
  return new WebAssembly.Instance(new WebAssembly.Module(binary)).exports;
}

const exports = await compile();
new Float64Array(exports.memory.buffer).fill(1e-3);
const [A, B, C] = [65_536, 131_072, 1_800_000];
console.log(`Node ${process.version}, ${relaxed ? "relaxed" : "simd"}`);
for (const k of [128, 512]) {
  const repetitions = Math.round(1e6 / k / TILES);
  const runs = variants.map(({ name, form }, index) => {
    const run = () => exports[`run${index}`](repetitions, k, A, B, C);
    for (let warm = 0; warm < 12; warm++) run();
    return { name, run, flops: repetitions * TILES * k * 8 * forms[form].columns, seconds: [] };
  });
  for (let round = 0; round < 201; round++) {
    for (const { run, seconds } of runs) {
      const start = performance.now();
      run();
      seconds.push((performance.now() - start) / 1000);
    }
  }
  for (const { name, flops, seconds } of runs) {
    const rate = flops / median(seconds) / 1e9;
    const ratio = median(
      seconds.map((value, i) => (runs[0].seconds[i] / value) * (flops / runs[0].flops)),
    );
    console.log(
      `k = ${k}  ${name.padEnd(24)} ${rate.toFixed(1).padStart(5)} GFLOP/s (${ratio.toFixed(2)})`,
    );
  }
}
