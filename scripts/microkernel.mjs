/**
 * Writes assembly/linalg/microkernelLoops.ts, whose loops are one step in eight copies, from the
 * step: `node scripts/microkernel.mjs`. tests/unit/microkernel.test.ts compares.
 */
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

export const output = join(root, "assembly/linalg/microkernelLoops.ts");

/** Steps a round; bench/microkernel.mjs times others. */
const STEPS = 8;

const HEADER = `\
import { maddOf } from "../math/fma";

/**
 * The loops of microkernel.ts. Made by scripts/microkernel.mjs from one step, not by hand.
 *
 * Scalar form of a step, for the rows i of A and the columns j of C that a loop holds:
 *   c[R j + i] += a[i] * b[j]
 *
 * A round is ${STEPS} steps because V8 gives every loop an interrupt check. Each step ends in the
 * exit of the loop: V8 places all loads of a basic block ahead of its arithmetic, and without the
 * branch would spill what it loads for the steps after. Each step moves the pointers: a load that
 * spreads a value takes no constant offset, so that only offsets which are the same in all steps
 * are computed once, before the loop.
 */
`;

const FOUR = `\
/**
 * Four columns of the tile. Eight accumulators of one vector fill the latency of two multiply-add
 * pipes and, with two registers of A, one of B and one for a product, are within the fifteen vector
 * registers V8 has to give on x86-64.
 */`;

const SIX = `\
/**
 * Four columns of the panel b and two of the panel d; their columns of C are at c and e. With two
 * registers of A and one of B, twelve accumulators take all fifteen; they also leave more time
 * between two additions to one of them.
 */`;

/** Columns in the order of their accumulators: where the values of B are, and those of C. */
const columnsOf = (count, b, c) => Array.from({ length: count }, (_, j) => ({ b, c, j }));

const offset = (bytes) => (bytes === 0 ? "" : `, ${bytes}`);
const value = (j) => ["", ", sizeof<T>()"][j] ?? `, ${j} * sizeof<T>()`;

function step(columns, panels) {
  return [
    "a0 = v128.load(a);",
    "a1 = v128.load(a, 16);",
    ...columns.flatMap(({ b, j }, index) => [
      `bj = v128.load_splat<T>(${b}${value(j)});`,
      `c0${index} = maddOf<T>(a0, bj, c0${index});`,
      `c1${index} = maddOf<T>(a1, bj, c1${index});`,
    ]),
    ...["a", ...panels].map((pointer) => `${pointer} += 32;`),
    "if (a >= end) break;",
  ].map((line) => `    ${line}\n`);
}

/** On one line where that is not too long. */
function signature(name, parameters) {
  const line = `export function ${name}<T>(${parameters.join(", ")}): void {`;
  if (line.length <= 100) return line;
  return `export function ${name}<T>(\n${parameters.map((each) => `  ${each},\n`).join("")}): void {`;
}

function loop(comment, name, parameters, columns) {
  const panels = [...new Set(columns.map(({ b }) => b))];
  const zeros = columns.map((_, j) =>
    j === 0
      ? "  let c00 = v128.splat<T>(<T>0),\n    c10 = c00;\n"
      : `  let c0${j} = c00,\n    c1${j} = c00;\n`,
  );
  const stores = columns.flatMap(({ c, j }, index) =>
    [0, 1].map((half) => {
      const at = offset(32 * j + 16 * half);
      return `  v128.store(${c}, maddOf<T>(scale, c${half}${index}, v128.load(${c}${at}))${at});\n`;
    }),
  );
  const round = Array.from({ length: STEPS }, () => step(columns, panels).join(""));
  return `${comment}
${signature(name, parameters)}
  if (k <= 0) return;
${zeros.join("")}  let a0: v128, a1: v128, bj: v128;
  const end = a + ((<usize>k) << 5);
  while (true) {
${round.join("\n")}  }
  const scale = v128.splat<T>(alpha);
${stores.join("")}}
`;
}

export function source() {
  const four = columnsOf(4, "b", "c");
  const six = [...four, ...columnsOf(2, "d", "e")];
  const start = ["k: i32", "alpha: T", "a: usize", "b: usize"];
  return [
    HEADER,
    loop(FOUR, "fourColumns", [...start, "c: usize"], four),
    loop(SIX, "sixColumns", [...start, "d: usize", "c: usize", "e: usize"], six),
  ].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(output, source());
