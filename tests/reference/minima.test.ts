/**
 * Training on the tables of examples/data, a penalty on every group, to a minimum: its value is
 * what SciPy finds (minima.py), and the last steps converge quadratically.
 */
import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import { afterAll, describe, expect, it } from "vitest";
import {
  createEngine,
  type LossName,
  Network,
  type Penalty,
  type TrainOptions,
  train,
} from "../../bindings/index.js";
import { decode, flatten, readData } from "./support.js";

interface Minimum {
  readonly loss: LossName;
  readonly table: string;
  readonly inputs: readonly string[];
  readonly kind: "quantity" | "class" | "count";
  readonly outputs: number;
  readonly width: number;
  readonly beta: number;
  readonly penalty: Penalty;
  readonly theta: string;
  readonly minimum: string;
}

const engine = await createEngine();
afterAll(() => engine.dispose());

function standardized(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return values.map((value) => (value - mean) / Math.sqrt(square));
}

function tableOf({ table, inputs, kind }: Minimum) {
  const path = new URL(`../../examples/data/${table}.csv`, import.meta.url);
  const rows: Record<string, string>[] = parse(readFileSync(path), { columns: true });
  const columns = inputs.map((name) => standardized(rows.map((row) => Number(row[name]))));
  const last = rows.map((row) => Object.values(row).at(-1)!);
  const names = [...new Set(last)].sort();
  const y = last.map((value) => (kind === "class" ? names.indexOf(value) : Number(value)));
  return {
    x: rows.map((_, m) => columns.map((column) => column[m]!)),
    y: kind === "quantity" ? standardized(y) : y,
  };
}

const cases = readData<Minimum[]>("minima-real.json");

it("has every loss", async () => {
  const { lossNames } = await import("../../bindings/index.js");
  expect(cases.map(({ loss }) => loss).sort()).toEqual([...lossNames].sort());
});

describe.each(cases)("$loss on $table", (each) => {
  const { loss, penalty, inputs, outputs, width, beta } = each;
  const data = tableOf(each);
  const objective = { loss, penalty };
  const create = async () => {
    const network = await Network.create({ inputs: inputs.length, outputs, width, beta, engine });
    const theta = decode(each.theta);
    const [eta, c] = [width * inputs.length, width * (inputs.length + 1)];
    const parts = { w: theta.slice(0, eta), eta: theta.slice(eta, c), c: theta.slice(c) };
    network.setParameters(parts);
    return network;
  };
  const norm = (network: Network) => Math.hypot(...flatten(network.gradient(data, objective)));

  const ways: [string, TrainOptions][] = [
    ["newton", {}],
    ["trust-region", { method: "trust-region" }],
  ];
  it.each(ways)("%s ends at SciPy's minimum", async (_name, how) => {
    using network = await create();
    const start = norm(network);
    await train(network, data, { ...objective, ...how, maxSteps: 500 });
    expect(norm(network) / start).toBeLessThan(1e-13);
    const [minimum] = decode(each.minimum);
    const difference = Math.abs(network.loss(data, objective) - minimum!);
    expect(difference).toBeLessThan(1e-10 * Math.abs(minimum!));
  });

  it("its steps converge quadratically", async () => {
    using network = await create();
    const start = norm(network);
    await train(network, data, { ...objective, stop: { gradient: 1e-4 * start } });
    const norms = [norm(network) / start];
    while (norms.at(-1)! > 1e-13 && norms.length < 8) {
      const regularization = { policy: "fixed", gamma: 1e-14 } as const;
      await train(network, data, { ...objective, regularization, maxSteps: 1 });
      norms.push(norm(network) / start);
    }
    // |g'| <= K |g|^2, K that of the first step: two steps from 1e-4 for K of order 1.
    const [first, second] = norms;
    const constant = Math.max(1, second! / first! ** 2);
    for (const [i, after] of norms.slice(1).entries()) {
      expect(after).toBeLessThan(Math.max(10 * constant * norms[i]! ** 2, 1e-13));
    }
    expect(norms.at(-1)).toBeLessThan(1e-13);
    expect(norms.length).toBeLessThan(7);
  });
});
