import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../bindings/engine/engine.js";
import type { PdeExports } from "../../bindings/engine/pde-core.js";
import { pdeOf } from "../../bindings/engine/pde-core.js";
import { type Activation, createEngine } from "../../bindings/index.js";
import { activationKind } from "../../bindings/shape/activations.js";
import { type GuardedEngine, guardedEngine } from "../unit/guarded-engine.js";

/** What features.py writes: of each feature at each point, correctly rounded. */
interface Reference {
  readonly activation: Activation;
  readonly inputs: number;
  readonly outputs: number;
  /** w, eta, c of each. */
  readonly neurons: number[][];
  readonly points: number[][];
  readonly features: { output: number; exponents: number[] }[];
  readonly values: number[];
  readonly firsts: number[][];
  readonly seconds: number[][];
}

const references: Reference[] = JSON.parse(
  readFileSync(join(import.meta.dirname, "data/features.json"), "utf8"),
);
const names = references.map((r) => [`${r.activation}, ${r.inputs} inputs`, r] as const);

/** Features of a reference at its points, repeated until there are `samples`. */
class Kernels {
  readonly core: PdeExports;
  readonly reference: Reference;
  readonly samples: number;
  readonly ldx: number;
  readonly parameters: number;
  readonly width: number;
  readonly theta: number;
  readonly at: number;
  readonly #engine: Engine;
  readonly #arena: ReturnType<Engine["open"]>;

  constructor(engine: Engine, core: PdeExports, reference: Reference, samples: number) {
    const { activation, inputs: d, outputs: k, neurons, points, features } = reference;
    const arena = engine.open();
    this.#engine = engine;
    this.#arena = arena;
    this.core = core;
    this.reference = reference;
    this.samples = samples;
    this.ldx = samples + (samples % 2);
    this.width = neurons.length;
    this.parameters = this.width * (d + 1 + k);
    const x = this.allocate(d * this.ldx);
    for (let j = 0; j < d; j++) {
      const row = Array.from({ length: samples }, (_, m) => points[m % points.length]![j]!);
      this.view(x + 8 * j * this.ldx, samples).set(row);
    }
    const flat = features.flatMap(({ output, exponents }) => [output, ...exponents]);
    const list = arena.bytes(4 * flat.length);
    new Int32Array(engine.core.memory.buffer as ArrayBuffer, list, flat.length).set(flat);
    const work = arena.bytes(core.featuresWork(this.width, d, k, samples, features.length));
    this.theta = this.allocate(this.parameters);
    neurons.forEach((values, i) => {
      values.forEach((value, local) => {
        this.view(this.theta, this.parameters)[this.place(i, local)] = value;
      });
    });
    this.at = arena.bytes(core.featuresBytes());
    const kind = activationKind(activation);
    const q = features.length;
    core.featuresSet(this.at, kind, this.width, d, k, samples, this.ldx, 1, x, q, list, work);
  }

  /** Place in theta of w, eta or c of a neuron. */
  place(i: number, local: number): number {
    const { inputs: d, outputs: k } = this.reference;
    if (local < d) return i * d + local;
    return local === d ? this.width * d + i : this.width * (d + 1) + i * k + local - d - 1;
  }

  allocate(count: number): number {
    const pointer = this.#arena.f64(count);
    this.view(pointer, count).fill(0);
    return pointer;
  }

  view(pointer: number, count: number): Float64Array {
    return this.#engine.f64(pointer, count);
  }

  close(): void {
    this.#arena.close();
  }
}

const largest = (values: readonly number[]) => Math.max(...values.map(Math.abs));

let engine: Engine;
let core: PdeExports;
beforeAll(async () => {
  engine = await createEngine();
  core = await pdeOf(engine);
});
afterAll(() => engine.dispose());

describe.each(names)("features against 60 digits: %s", (_name, reference) => {
  const { features, points, values, firsts, seconds, inputs: d, outputs: k } = reference;
  const q = features.length;
  const local = d + 1 + k;

  it("values", () => {
    const kernels = new Kernels(engine, core, reference, points.length);
    const { ldx, width } = kernels;
    const out = kernels.allocate(q * ldx);
    core.featureValues(kernels.at, kernels.theta, out, 0, width);
    const found = kernels.view(out, q * ldx);
    for (let v = 0; v < q; v++) {
      const own = values.slice(3 * v, 3 * v + 3);
      own.forEach((value, m) => {
        expect(Math.abs(found[v * ldx + m]! - value)).toBeLessThanOrEqual(1e-12 * largest(own));
      });
    }
    kernels.close();
  });

  it("columns, transposes, blocks and directions of every feature at every point", () => {
    const kernels = new Kernels(engine, core, reference, points.length);
    const { ldx, width, parameters, samples } = kernels;
    const size = (local * (local + 1)) / 2;
    const columns = kernels.allocate(parameters * ldx);
    const [rows, image, bend] = [0, 1, 2].map(() => kernels.allocate(q * ldx)) as [
      number,
      number,
      number,
    ];
    const gradient = kernels.allocate(parameters);
    const blocks = kernels.allocate(width * size);
    const direction = kernels.allocate(parameters);
    const along = Array.from({ length: parameters }, (_, p) => ((5 * p) % 7) / 4 - 0.75);
    kernels.view(direction, parameters).set(along);
    core.featureDirections(kernels.at, kernels.theta, direction, image, bend, 0, width);
    for (let v = 0; v < q; v++) {
      const scales = [firsts, seconds].map((kind) => largest(kind.slice(3 * v, 3 * v + 3).flat()));
      const [first, second] = scales.map((scale) => 1e-12 * scale) as [number, number];
      for (let m = 0; m < samples; m++) {
        kernels.view(rows, q * ldx).fill(0)[v * ldx + m] = 1;
        kernels.view(gradient, parameters).fill(0);
        kernels.view(blocks, width * size).fill(0);
        core.featureColumns(kernels.at, kernels.theta, rows, columns, ldx, 0, 0, width);
        core.featureTranspose(kernels.at, kernels.theta, rows, gradient, 0, width);
        core.featureBlocks(kernels.at, kernels.theta, rows, blocks, 0, width);
        let [slope, curve] = [0, 0];
        for (let i = 0; i < width; i++) {
          for (let a = 0; a < local; a++) {
            const p = kernels.place(i, a);
            const expected = firsts[3 * v + m]![i * local + a]!;
            slope += expected * along[p]!;
            for (const found of [
              kernels.view(columns, parameters * ldx)[p * ldx + m]!,
              kernels.view(gradient, parameters)[p]!,
            ]) {
              expect(Math.abs(found - expected)).toBeLessThanOrEqual(first);
            }
            for (let b = 0; b <= a; b++) {
              const entry = i * size + (a * (a + 1)) / 2 + b;
              const exact = seconds[3 * v + m]![entry]!;
              const found = kernels.view(blocks, width * size)[entry]!;
              expect(Math.abs(found - exact)).toBeLessThanOrEqual(second);
              curve += (a === b ? 1 : 2) * exact * along[p]! * along[kernels.place(i, b)]!;
            }
          }
        }
        const found = [image, bend].map((at) => kernels.view(at, q * ldx)[v * ldx + m]!);
        expect(Math.abs(found[0]! - slope)).toBeLessThanOrEqual(parameters * first);
        expect(Math.abs(found[1]! - curve)).toBeLessThanOrEqual(width * local * local * second);
      }
    }
    kernels.close();
  });
});

describe("points at the edges of blocks, in guarded memory", () => {
  let guarded: GuardedEngine;
  beforeAll(async () => {
    guarded = await guardedEngine();
  });
  afterAll(() => guarded.engine.dispose());

  const reference = references.find((r) => r.activation === "tanh" && r.inputs === 2)!;

  it.each([1, 2, 255, 256, 257, 511, 512, 513, 769])(
    "%d: every point as alone, ranges as the whole, and zero behind the last",
    async (samples) => {
      const { engine: inside, memory } = guarded;
      const pde = await pdeOf(inside);
      const kernels = new Kernels(inside, pde, reference, samples);
      const alone = new Kernels(inside, pde, reference, 3);
      const q = reference.features.length;
      const run = (of: Kernels, ranges: [number, number][]) => {
        const [out, image, bend] = [0, 1, 2].map(() => of.allocate(q * of.ldx)) as [
          number,
          number,
          number,
        ];
        for (const [first, count] of ranges) {
          pde.featureValues(of.at, of.theta, out, first, count);
          pde.featureDirections(of.at, of.theta, of.theta, image, bend, first, count);
        }
        return [out, image, bend].map((at) => of.view(at, q * of.ldx).slice());
      };
      const few = run(alone, [[0, 2]]);
      const many = run(kernels, [[0, 2]]);
      expect(
        run(kernels, [
          [0, 1],
          [1, 1],
        ]),
      ).toEqual(many);
      many.forEach((rows, kind) => {
        for (let v = 0; v < q; v++) {
          for (let m = 0; m < kernels.ldx; m++) {
            const expected = m < samples ? few[kind]![v * alone.ldx + (m % 3)]! : 0;
            if (rows[v * kernels.ldx + m] !== expected) {
              throw new Error(`feature ${v} at ${m}: ${rows[v * kernels.ldx + m]}, ${expected}`);
            }
          }
        }
      });
      const rows = kernels.allocate(q * kernels.ldx);
      for (let v = 0; v < q; v++) kernels.view(rows + 8 * v * kernels.ldx, samples).fill(1);
      const columns = kernels.allocate(kernels.parameters * kernels.ldx);
      pde.featureColumns(kernels.at, kernels.theta, rows, columns, kernels.ldx, 0, 0, 2);
      const gradient = kernels.allocate(kernels.parameters);
      pde.featureTranspose(kernels.at, kernels.theta, rows, gradient, 0, 2);
      for (let p = 0; p < kernels.parameters; p++) {
        const column = kernels.view(columns + 8 * p * kernels.ldx, kernels.ldx);
        const sum = column.reduce((total, value) => total + value, 0);
        const size = column.reduce((total, value) => total + Math.abs(value), 0);
        const found = kernels.view(gradient, kernels.parameters)[p]!;
        expect(Math.abs(sum - found)).toBeLessThanOrEqual(samples * Number.EPSILON * size);
      }
      alone.close();
      kernels.close();
      memory.checkAll();
    },
  );
});
