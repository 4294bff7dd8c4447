/**
 * Largest error of the vector functions and activations in units in the last place, against
 * quadruple precision (vector_ulp.c, which needs gcc with libquadmath). Prints the table of
 * docs/accuracy.md.
 *
 *   node tests/reference/vector_ulp.mjs [points = 1000000] [variant = simd]
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(here));
const points = Number(process.argv[2] ?? 1e6);
const variant = process.argv[3] ?? "simd";
const features = variant === "relaxed" ? "simd,relaxed-simd" : "simd";
const scratch = mkdtempSync(join(tmpdir(), "vector-ulp-"));

/** Kind of activation by its number in the table of assembly/activations/activation.ts. */
const ACTIVATIONS = ["tanh", "sigmoid", "erf", "sin", "softplus", "gelu"];
/** Where a function does its work: half of the points lie here. */
const RANGES = {
  exp: [-746, 710],
  tanh: [-22, 22],
  erf: [-6.5, 6.5],
  erfc: [-6.5, 28],
  sin: [-100, 100],
  cos: [-100, 100],
  sigmoid: [-40, 40],
  softplus: [-40, 40],
  gelu: [-9, 9],
};
/** Where the smallest results are still not zero: a quarter of the points. */
const TAILS = {
  tanh: 380,
  sigmoid: 750,
  erf: 28,
  softplus: 750,
  gelu: 39.5,
  sin: 1.7e6,
  cos: 1.7e6,
};

function random(seed) {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const bits = new DataView(new ArrayBuffer(8));
function fromBits(high, low) {
  bits.setUint32(0, high >>> 0);
  bits.setUint32(4, low >>> 0);
  return bits.getFloat64(0);
}

/**
 * Arguments: the working range, the tails, magnitudes near 1 and of every exponent, multiples of
 * log(2)/2 and pi/2.
 */
function sample(name, count) {
  const uniform = random(1);
  const fine = () => uniform() + uniform() / 4294967296;
  const [low, high] = RANGES[name];
  const tail = TAILS[name] ?? Math.max(-low, high);
  const x = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const sign = uniform() < 0.5 ? -1 : 1;
    const kind = uniform();
    if (kind < 0.5) x[i] = low + (high - low) * fine();
    else if (kind < 0.75) x[i] = sign * tail * fine();
    else if (kind < 0.85) x[i] = sign * 2 ** (-12 + 14 * fine());
    else if (kind < 0.9) x[i] = fromBits(uniform() * 4294967296, uniform() * 4294967296);
    else if (kind < 0.95)
      x[i] = sign * (1 + (fine() - 0.5) * 1e-3) * Math.floor(uniform() * 200) * (Math.LN2 / 4);
    else
      x[i] =
        sign * (1 + (uniform() - 0.5) * 1e-15) * Math.floor(uniform() ** 4 * 1e6) * (Math.PI / 4);
  }
  return x;
}

try {
  const wasm = join(scratch, "functions.wasm");
  const asc = join(root, "node_modules/assemblyscript/bin/asc.js");
  const entry = join(root, "tests/assembly/entries/vector_functions.ts");
  const flags = ["--runtime", "stub", "-O3", "--noAssert", "--enable", features, "-o", wasm];
  execFileSync(process.execPath, [asc, entry, ...flags], { cwd: scratch, stdio: "inherit" });
  const program = join(scratch, "vector_ulp");
  execFileSync("gcc", ["-O2", "-o", program, join(here, "vector_ulp.c"), "-lquadmath", "-lm"]);

  const imports = {
    env: {
      abort: () => {
        throw new Error("abort");
      },
    },
  };
  const { instance } = await WebAssembly.instantiate(readFileSync(wasm), imports);
  const core = instance.exports;
  const count = points + (points % 2);
  const base = (core.heapBase() + 15) & ~15;
  const at = (i) => base + i * 8 * count;
  core.memory.grow(Math.ceil((at(4) - core.memory.buffer.byteLength) / 65536) + 1);
  const view = (i) => new Float64Array(core.memory.buffer, at(i), count);

  const report = (name, x, values) => {
    const pairs = new Float64Array(2 * count);
    for (let i = 0; i < count; i++) {
      pairs[2 * i] = x[i];
      pairs[2 * i + 1] = values[i];
    }
    const input = Buffer.from(pairs.buffer);
    const output = execFileSync(program, [name], { input, encoding: "utf8" }).trim().split(" ");
    const where = Number.parseFloat(Number(parseHex(output[1])).toPrecision(6));
    console.log(`| ${name} | ${Number(output[0]).toFixed(2)} | ${where} | ${output[3]} |`);
  };
  const parseHex = (text) => {
    const [, sign, whole, fraction = "", exponent] = text.match(
      /^(-?)0x(\d)\.?([0-9a-f]*)p([+-]\d+)$/,
    );
    const mantissa = Number.parseInt(whole + fraction, 16) / 16 ** fraction.length;
    return (sign ? -1 : 1) * mantissa * 2 ** Number(exponent);
  };

  console.log(
    "| function | largest error (ulp) | at | wrong special values |\n| --- | --- | --- | --- |",
  );
  for (const name of ["exp", "tanh", "erf", "erfc", "sin", "cos"]) {
    const x = sample(name, count);
    view(0).set(x);
    core[`${name}Loop`](count, at(0), at(1));
    report(name, x, view(1));
  }
  ACTIVATIONS.forEach((name, kind) => {
    const x = sample(name, count);
    view(0).set(x);
    core.activate(kind, count, at(0), at(1));
    const values = view(1).slice();
    core.activateJet(kind, count, at(0), at(1), at(2), at(3));
    const different = values.findIndex((v, i) => !Object.is(v, view(1)[i]));
    if (different >= 0)
      throw new Error(`${name}(${x[different]}): activate and activateJet differ`);
    if (name !== "tanh" && name !== "erf" && name !== "sin") report(name, x, values);
    report(`${name}'`, x, view(2));
    report(`${name}''`, x, view(3));
  });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
