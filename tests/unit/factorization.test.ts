/** The owners of a factorization: outcomes, solutions, what they leave alone, what they take. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Arena, createEngine, type Engine } from "../../bindings/engine/engine.js";
import { BunchKaufman } from "../../bindings/engine/factorization/bunch-kaufman.js";
import { Cholesky } from "../../bindings/engine/factorization/cholesky.js";
import type { Factored } from "../../bindings/engine/factorization/factorization.js";
import { MixedCholesky } from "../../bindings/engine/factorization/mixed-cholesky.js";
import { PackedMatrix } from "../../bindings/engine/factorization/packed-matrix.js";
import { run } from "../../bindings/support/pauses.js";

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.dispose());

/** Orders around whole panels of float64 and float32, and a block of Bunch-Kaufman. */
const ORDERS = [1, 2, 3, 4, 5, 7, 8, 9, 63, 64, 65, 66, 130];

/** Symmetric, the diagonal dominant: its signs are those of the eigenvalues. */
function entry(n: number, i: number, j: number, diagonal: (i: number) => number): number {
  return i === j ? diagonal(i) * n : Math.cos(i + j) + Math.cos(i * j) / 2;
}

function packed(arena: Arena, n: number, diagonal: (i: number) => number): PackedMatrix {
  const full = arena.f64(n * n);
  const values = engine.f64(full, n * n);
  for (let p = 0; p < n * n; p++) values[p] = entry(n, Math.floor(p / n), p % n, diagonal);
  const matrix = new PackedMatrix(engine, arena, n);
  matrix.fromFull(full, n);
  return matrix;
}

function contents(arena: Arena, matrix: PackedMatrix): Float64Array {
  const values = matrix.order ** 2;
  const full = arena.f64(values);
  matrix.toFull(full);
  return engine.f64(full, values).slice();
}

/** |b - (A + gamma I) x| / (n eps |A + gamma I| |x|), Frobenius: below 10 for a stable solver. */
function ratio(a: Float64Array, gamma: number, x: Float64Array, b: Float64Array): number {
  const n = b.length;
  const shifted = a.map((value, p) => (p % (n + 1) === 0 ? value + gamma : value));
  const left = b.map((value, i) => x.reduce((sum, xj, j) => sum - shifted[n * i + j]! * xj, value));
  return Math.hypot(...left) / (n * Number.EPSILON * Math.hypot(...shifted) * Math.hypot(...x));
}

function solve(
  system: InstanceType<(typeof kinds)[keyof typeof kinds]>,
  b: number,
  x: number,
): void {
  if (system instanceof MixedCholesky) expect(run(system.solving(b, x))).toBe(true);
  else system.solve(b, x);
}

const kinds = { Cholesky, BunchKaufman, MixedCholesky } as const;
const GAMMA = 0.75;

describe.each(Object.entries(kinds))("%s", (name, Kind) => {
  it.each(ORDERS)("solves A + gamma I for several right-hand sides, order %d", (n) => {
    engine.scope((arena) => {
      const a = packed(arena, n, () => 3);
      const before = contents(arena, a);
      const system = new Kind(engine, arena, n);
      expect(run(system.factoring(a, GAMMA))).toEqual({ negative: 0, pivot: null });
      expect(contents(arena, a)).toEqual(before);
      const [b, x] = [arena.f64(n), arena.f64(n)];
      for (const phase of [1, 2]) {
        const right = Float64Array.from({ length: n }, (_, i) => Math.sin(phase * i + 1));
        engine.f64(b, n).set(right);
        solve(system, b, x);
        const solution = engine.f64(x, n).slice();
        expect(ratio(before, GAMMA, solution, right)).toBeLessThan(10);
        expect(engine.f64(b, n).slice()).toEqual(right);
        solve(system, b, b);
        expect(engine.f64(b, n).slice()).toEqual(solution);
      }
    });
  });

  it.each(ORDERS)("takes the bytes it says, order %d", (n) => {
    engine.scope((arena) => {
      const before = engine.bytesUsed;
      new Kind(engine, arena, n);
      const taken = engine.bytesUsed - before;
      const said = Kind.bytes(engine.core, n);
      // Each of up to four allocations is rounded up to whole cache lines.
      expect(taken).toBeGreaterThanOrEqual(said);
      expect(taken).toBeLessThan(said + 4 * 64);
    });
  });

  it("gives the pivot that ended it, from 0", () => {
    engine.scope((arena) => {
      const outcomes = [0, 1, 6, 9].map((place): Factored => {
        const a = new PackedMatrix(engine, arena, 10);
        const full = arena.f64(100);
        for (let i = 0; i < 10; i++) engine.f64(full, 100)[11 * i] = i === place ? -GAMMA : 2;
        a.fromFull(full, 10);
        return run(new Kind(engine, arena, 10).factoring(a, GAMMA));
      });
      expect(outcomes).toEqual([0, 1, 6, 9].map((pivot) => ({ negative: null, pivot })));
    });
  });

  if (name !== "BunchKaufman") return;
  it.each(ORDERS)("counts the negative eigenvalues, order %d", (n) => {
    engine.scope((arena) => {
      const a = packed(arena, n, (i) => (i % 3 === 0 ? -3 : 3));
      const before = contents(arena, a);
      const system = new BunchKaufman(engine, arena, n);
      expect(run(system.factoring(a))).toEqual({ negative: Math.ceil(n / 3), pivot: null });
      const [b, x] = [arena.f64(n), arena.f64(n)];
      engine.f64(b, n).fill(1);
      system.solve(b, x);
      const right = engine.f64(b, n).slice();
      expect(ratio(before, 0, engine.f64(x, n).slice(), right)).toBeLessThan(10);
    });
  });
});

it("Cholesky overwrites the matrix it was given a place in, and no other", () => {
  engine.scope((arena) => {
    const own = packed(arena, 9, () => 3);
    const other = packed(arena, 9, () => 3);
    const before = contents(arena, other);
    const system = new Cholesky(engine, arena, 9, own);
    expect(system.matrix).toBe(own);
    expect(run(system.factoring(own, 1)).pivot).toBeNull();
    const inPlace = contents(arena, own);
    expect(inPlace).not.toEqual(before);
    expect(run(system.factoring(other, 1)).pivot).toBeNull();
    expect(contents(arena, own)).toEqual(inPlace);
    expect(contents(arena, other)).toEqual(before);
  });
});
