import { describe, expect, it } from "vitest";
import { createEngine } from "../../bindings/engine/engine.js";
import { QR } from "../../bindings/engine/factorization/qr.js";
import { pdeOf } from "../../bindings/engine/pde-core.js";
import { run } from "../../bindings/support/pauses.js";

/** Values that depend on the seed alone. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

const SIZES: [number, number][] = [
  [1, 1],
  [2, 1],
  [2, 2],
  [5, 3],
  [33, 31],
  [33, 32],
  [64, 33],
  [65, 64],
  [129, 65],
  [257, 96],
  [300, 300],
  [513, 129],
  [1300, 70],
];

type Columns = Float64Array[];

/** LAPACK's ratios: |A - Q R| / (m |A| eps) and |I - Q^T Q| / (m eps), both to be below 10. */
async function factor(columns: Columns) {
  const engine = await createEngine();
  const core = await pdeOf(engine);
  const arena = engine.open();
  const [m, n] = [columns[0]!.length, columns.length];
  const qr = new QR(engine, core, arena, m, n);
  columns.forEach((column, j) => {
    engine.f64(qr.matrix + 8 * j * qr.ld, m).set(column);
  });
  run(qr.factoring());
  const r = columns.map((_, j) =>
    engine.f64(qr.matrix + 8 * j * qr.ld, m).slice(0, Math.min(j + 1, m)),
  );
  // Q from the identity, its first n columns.
  const q = arena.f64(qr.ld * n);
  for (let j = 0; j < n; j++) engine.f64(q + 8 * j * qr.ld, m)[j] = 1;
  run(qr.applying(q, qr.ld, n));
  const basis = columns.map((_, j) => engine.f64(q + 8 * j * qr.ld, m).slice());
  return { engine, arena, qr, r, basis };
}

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
const norm = (a: Float64Array) => {
  const most = a.reduce((large, v) => Math.max(large, Math.abs(v)), 0);
  return most === 0 ? 0 : most * Math.sqrt(a.reduce((sum, v) => sum + (v / most) ** 2, 0));
};

function expectRatios(columns: Columns, r: Columns, basis: Columns): void {
  const m = columns[0]!.length;
  columns.forEach((column, j) => {
    const rest = column.slice();
    r[j]!.forEach((value, i) => {
      for (let l = 0; l < m; l++) rest[l] = rest[l]! - value * basis[i]![l]!;
    });
    expect(norm(rest) / (m * norm(column) * Number.EPSILON || 1)).toBeLessThan(10);
    for (let i = 0; i <= j; i++) {
      const error = Math.abs(dot(basis[i]!, basis[j]!) - (i === j ? 1 : 0));
      expect(error / (m * Number.EPSILON)).toBeLessThan(10);
    }
  });
}

describe("QR", () => {
  it.each(SIZES)("%d x %d, random", async (m, n) => {
    const next = random(m * 1000 + n);
    const columns = Array.from({ length: n }, () => Float64Array.from({ length: m }, next));
    const { r, basis } = await factor(columns);
    expectRatios(columns, r, basis);
  });

  it("graded columns, each to its own size", async () => {
    const next = random(7);
    const columns = Array.from({ length: 40 }, (_, j) =>
      Float64Array.from({ length: 90 }, () => next() * 10 ** (7 * j - 140)),
    );
    const { r, basis } = await factor(columns);
    expectRatios(columns, r, basis);
  });

  it("columns that depend on others, and zeros", async () => {
    const next = random(9);
    const some = Array.from({ length: 5 }, () => Float64Array.from({ length: 70 }, next));
    const columns = Array.from({ length: 40 }, (_, j) =>
      j === 11 ? new Float64Array(70) : some[j % 5]!.map((v) => v * (1 + (j % 3))),
    );
    const { r, basis } = await factor(columns);
    expectRatios(columns, r, basis);
  });

  it("least squares of a Vandermonde matrix keeps the digits that its square loses", async () => {
    const m = 100;
    const columns = Array.from({ length: 12 }, (_, j) =>
      Float64Array.from({ length: m }, (_v, i) => (i / (m - 1)) ** j),
    );
    const exact = columns.map((_, j) => (j % 2 === 0 ? 1 : -2));
    const b = new Float64Array(m);
    columns.forEach((column, j) => {
      column.forEach((v, i) => {
        b[i] = b[i]! + exact[j]! * v;
      });
    });
    const { engine, arena, qr } = await factor(columns);
    const right = arena.f64(qr.ld);
    engine.f64(right, m).set(b);
    const x = arena.f64(12);
    run(qr.solving(right, x));
    // The condition is 2e8: normal equations would have no digit.
    [...engine.f64(x, 12)].forEach((value, j) => {
      expect(Math.abs(value - exact[j]!)).toBeLessThan(1e-6);
    });
  });
});
