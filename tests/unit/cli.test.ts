import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Quality, TrainingRun } from "../../bindings/index.js";
import { checkConverged } from "../../bindings/lab/cli/divergence.js";
import { methodNames } from "../../bindings/methods/table.js";
import { command, execute, json, lines, root } from "./command.js";
import { faultOf } from "./support.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "newton-nn-cli-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]) => execute(command, args, folder);

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

/** y = 1000 + 50 sin(6 a) + b, far from standardized. */
function writeTable(name = "data.csv", rows = 40): string {
  const lines = Array.from({ length: rows }, (_, m) => {
    const a = m / (rows - 1);
    const b = ((m * 7) % 11) - 5;
    return `${a},${b},${1000 + 50 * Math.sin(6 * a) + b}`;
  });
  return write(name, `a,b,y\n${lines.join("\n")}\n`);
}

const TRAIN = ["train", "data.csv", "--target", "y"];
const SHORT = ["--interpolate", "--width", "16", "--max-steps", "60"];

describe("train, info and predict", () => {
  it("trains, writes a model and a plot, and predicts in the units of the data", async () => {
    writeTable();
    const files = ["--out", "m.json", "--plot", "loss.svg"];
    const trained = await run("train", "data.csv", "--target", "y", ...SHORT, ...files);
    expect(trained).toMatchObject({ code: 0, stderr: "" });
    expect(trained.stdout).toMatch(/target +y from a, b/);
    expect(trained.stdout).toMatch(/stopped by +max-steps/);
    expect(readFileSync(join(folder, "loss.svg"), "utf8")).toMatch(/^<svg[^>]*xmlns/);

    const predicted = await run("predict", "m.json", "data.csv");
    const [header, ...values] = lines(predicted.stdout);
    expect(header).toBe("y");
    const targets = lines(readFileSync(join(folder, "data.csv"), "utf8"))
      .slice(1)
      .map((line) => Number(line.split(",")[2]));
    expect(values).toHaveLength(targets.length);
    for (const [m, value] of values.entries()) {
      expect(Math.abs(Number(value) - targets[m]!)).toBeLessThan(1);
    }

    const info = await run("info", "m.json", "--json");
    expect(json(info.stdout)[0]).toMatchObject({
      type: "info",
      width: 16,
      parameterCount: 64,
      columns: { inputs: ["a", "b"], target: "y" },
    });
    expect((await run("info", "m.json")).stdout).toMatch(/target y +mean 1\d{3}/);
    expect(readdirSync(folder).sort()).toEqual(["data.csv", "loss.svg", "m.json"]);
  });

  it("writes the plot as the ending of its name says", async () => {
    writeTable();
    const short = ["--interpolate", "--width", "3", "--max-steps", "2"];
    expect(await run(...TRAIN, ...short, "--plot", "loss.PNG")).toMatchObject({ code: 0 });
    const png = readFileSync(join(folder, "loss.PNG"));
    expect([...png.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    // Width and height of the header, in pixels.
    expect(png.readUInt32BE(16)).toBeGreaterThan(600);
    expect(png.readUInt32BE(20)).toBeGreaterThan(400);
    await run(...TRAIN, ...short, "--plot", "loss");
    expect(readFileSync(join(folder, "loss"), "utf8")).toMatch(/^<svg/);
  });

  it("with --json prints one line a step and one with the result, and nothing else", async () => {
    writeTable();
    const { stdout, stderr, code } = await run(
      ...[...TRAIN, "--interpolate", "--width", "8", "--max-steps", "7"],
      ...["--holdout", "0.25", "--json"],
    );
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    const records = json(stdout);
    expect(records.map(({ type }) => type)).toEqual([...Array(7).fill("step"), "result"]);
    expect(records.map(({ step }) => step).slice(0, 7)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    const result = records[7];
    expect(result).toMatchObject({
      reason: "max-steps",
      steps: 7,
      training: { samples: 30 },
      heldOut: { samples: 10 },
    });
    expect(result.loss).toBe(records[6].loss);
  });

  it("holds out the same rows for the same split seed, whatever the seed of the network", async () => {
    writeTable();
    const held = async (splitSeed: string, seed: string) => {
      const kind = ["--interpolate", "--width", "4", "--max-steps", "0"];
      const options = [...kind, "--holdout", "0.3", "--json"];
      const seeds = [
        "--split-seed",
        splitSeed,
        "--seed",
        seed,
        "--out",
        `${splitSeed}-${seed}.json`,
      ];
      await run("train", "data.csv", "--target", "y", ...options, ...seeds);
      // The scaling is measured on the rows that are left.
      const model = JSON.parse(readFileSync(join(folder, `${splitSeed}-${seed}.json`), "utf8"));
      return { split: model.scaling.target.mean as number, network: model.network.parameters };
    };
    const [first, otherNetwork, otherRows] = await Promise.all([
      held("1", "0"),
      held("1", "5"),
      held("2", "0"),
    ]);
    expect(otherNetwork.split).toBe(first.split);
    expect(otherNetwork.network).not.toBe(first.network);
    expect(otherRows.split).not.toBe(first.split);
    expect(otherRows.network).toBe(first.network);
  });

  it("uses the columns that are named, in their order, and ignores the others on predict", async () => {
    writeTable();
    write("other.csv", "note,b,a\nx,1,0.5\ny,2,0.25\n");
    await run("train", "data.csv", "--target", "y", "--inputs", "b,a", ...SHORT, "--out", "m.json");
    const { stdout, code } = await run("predict", "m.json", "other.csv", "--json");
    expect(code).toBe(0);
    expect(json(stdout)[0].predictions).toHaveLength(2);
    await run("predict", "m.json", "other.csv", "--out", "p.csv");
    expect(lines(readFileSync(join(folder, "p.csv"), "utf8"))).toHaveLength(3);
  });

  it("without standardization stores the identity", async () => {
    write("unit.csv", "a,y\n0,0\n0.5,1\n1,0\n0.25,0.7\n");
    const options = [
      "--interpolate",
      "--no-standardize",
      "--width",
      "4",
      "--max-steps",
      "5",
      "--out",
      "m.json",
    ];
    await run("train", "unit.csv", "--target", "y", ...options);
    const { scaling } = JSON.parse(readFileSync(join(folder, "m.json"), "utf8"));
    expect(scaling.target).toEqual({ mean: 0, scale: 1 });
  });

  it("says which solver, curvature and acceleration it was told to take", async () => {
    writeTable();
    const choices = ["--solver", "cg", "--curvature", "positive", "--acceleration", "none"];
    const { stdout } = await run(
      ...[...TRAIN, "--interpolate", "--width", "8", "--max-steps", "1", "--json", ...choices],
    );
    const result = json(stdout).at(-1);
    expect(result).toMatchObject({ solver: "cg", curvature: "positive", acceleration: "none" });
  });

  it("trains with L-BFGS", async () => {
    writeTable();
    const { stdout } = await run(...[...TRAIN, ...SHORT, "--method", "lbfgs", "--json"]);
    const { method, solver, training } = json(stdout).at(-1);
    expect({ method, solver }).toEqual({ method: "lbfgs", solver: null });
    expect(training.r2).toBeGreaterThan(0.9);
  });

  it.each([
    ["gain-ratio", 1e-4],
    ["gain-ratio:1e-2", 1e-2],
    ["adaptive", 1e-8],
    ["adaptive:1e-3", 1e-3],
    ["fixed:0.5", 0.5],
  ])("takes the regularization %s", async (policy, gamma) => {
    writeTable();
    const { stdout } = await run(
      ...[...TRAIN, "--interpolate", "--width", "8", "--max-steps", "1", "--json"],
      ...["--regularization", policy],
    );
    const [{ rejected, gamma: last }] = json(stdout);
    expect(rejected[0]?.gamma ?? last).toBe(gamma);
  });
});

/** y = 20 + 10 sin(5 a), and noise of standard deviation about 1. */
function writeNoisyTable(rows = 90): string {
  const noise = (m: number) => Math.sqrt(12) * (((m * 7919) % 101) / 101 - 0.5);
  const cells = Array.from({ length: rows }, (_, m) => {
    const a = ((m * 37) % rows) / rows;
    return `${a},${20 + 10 * Math.sin(5 * a) + noise(m)}`;
  });
  return write("data.csv", `a,y\n${cells.join("\n")}\n`);
}

describe("train that estimates noise", () => {
  const NARROW = [...TRAIN, "--width", "10"];

  it("prints the noise in units of the target, effective parameters, and what is held out", async () => {
    writeNoisyTable();
    const { stdout, stderr, code } = await run(...NARROW, "--holdout", "0.2");
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    const rows = new Map(lines(stdout).map((line) => line.split(/ {2,}/) as [string, string]));
    const noise = Number(/^standard deviation ([\d.]+)$/.exec(rows.get("noise")!)![1]);
    expect(noise).toBeGreaterThan(0.8);
    expect(noise).toBeLessThan(1.2);
    const [, effective] = /^(\d+) of 30 parameters$/.exec(rows.get("effective")!)!;
    expect(Number(effective)).toBeLessThan(20);
    for (const part of ["training", "held out"]) {
      expect(rows.get(part)).toMatch(
        /^RMSE .*, R² 0\.9.*, log-likelihood -1\..*, [\d.]+ % in the 95 % interval, on \d+ rows$/,
      );
    }
  });

  it("has the same for programs, and a step a line", async () => {
    writeNoisyTable();
    const { stdout } = await run(...NARROW, "--holdout", "0.2", "--members", "2", "--json");
    const records = json(stdout);
    const result = records.at(-1);
    expect(records.slice(0, -1).every(({ type }) => type === "step")).toBe(true);
    expect(new Set(records.slice(0, -1).map(({ fit }) => fit))).toEqual(new Set([1, 2, 3, 4]));
    expect(result).toMatchObject({ type: "result", reason: "converged", warning: null });
    expect(result.evidence).toHaveLength(2);
    expect(result.evidence[0].noiseSd).toBeCloseTo(1, 0);
    expect(result.relevance).toEqual({ a: 1 });
    expect(result.heldOut).toMatchObject({ samples: 18, rmse: expect.any(Number) });
    expect(result.heldOut.coverage).toBeGreaterThan(0.8);
    expect(result.heldOut.logLikelihood).toBeGreaterThan(-2);
  });

  it("cross-validates the rows that are not held out", async () => {
    writeNoisyTable();
    const { stdout } = await run(...NARROW, "--holdout", "0.2", "--folds", "3", "--json");
    const records = json(stdout);
    const folds = records.filter(({ type }) => type === "fold");
    expect(folds.map(({ fold, samples }) => [fold, samples]).sort()).toEqual([
      [0, 24],
      [1, 24],
      [2, 24],
    ]);
    const { crossValidation } = records.at(-1);
    expect(crossValidation).toMatchObject({ samples: 72 });
    expect(crossValidation.folds).toHaveLength(3);
    expect(crossValidation.rmse).toBeGreaterThan(0.7);
    expect(crossValidation.rmse).toBeLessThan(1.5);
    const text = await run(...NARROW, "--folds", "3");
    expect(text.stdout).toMatch(/^folds +3: RMSE .* on 90 rows$/m);
  });

  it("predicts intervals from the model that was written, and says what is beyond the data", async () => {
    writeNoisyTable();
    const files = ["--out", "m.json", "--plot", "how.svg", "--plot-fit", "fit.png"];
    await run(...NARROW, ...files);
    write("new.csv", "a\n0.5\n3\n-2\n");
    const { stdout, stderr, code } = await run("predict", "m.json", "new.csv", "--interval", "0.9");
    expect(code).toBe(0);
    expect(stderr).toMatch(/warning: 2 of 3 rows are outside the range/);
    const [header, ...rows] = lines(stdout).map((line) => line.split(","));
    expect(header).toEqual(["y", "y_lower", "y_upper", "y_sd", "y_outside"]);
    const [inside, ...beyond] = rows.map((row) => row.map(Number));
    const [mean, lower, upper, sd, flag] = inside!;
    expect(Math.abs(mean! - 20 - 10 * Math.sin(2.5))).toBeLessThan(2 * sd!);
    // 90 percent of a normal distribution: 1.645 standard deviations on each side.
    expect((upper! - lower!) / (2 * sd!)).toBeCloseTo(1.645, 2);
    expect(flag).toBe(0);
    for (const [, , , width, outside] of beyond) {
      expect(outside).toBe(1);
      expect(width).toBeGreaterThan(2 * sd!);
    }
    const program = await run("predict", "m.json", "new.csv", "--interval", "0.9", "--json");
    const [{ predictions, lower: lowers, outside }] = json(program.stdout);
    expect([predictions[0], lowers[0], outside]).toEqual([mean, lower, [0, 1, 1]]);
    expect((await run("info", "m.json")).stdout).toMatch(/^noise +standard deviation/m);
    expect(readFileSync(join(folder, "how.svg"), "utf8")).toContain("effective parameters");
    expect(readFileSync(join(folder, "fit.png")).subarray(1, 4).toString()).toBe("PNG");
  });

  it("warns of what has learned its rows by heart, which interpolation does", async () => {
    writeNoisyTable();
    const wide = ["--width", "60", "--holdout", "0.2", "--json"];
    const { stderr, stdout } = await run(...TRAIN, ...wide, "--interpolate", "--max-steps", "300");
    expect(stderr).toMatch(/^newton-nn: warning: the error on held-out rows is .* times that/);
    expect(json(stdout).at(-1).warning).toMatch(/without --interpolate noise is estimated/);
  });
});

describe("what commands a terminal", () => {
  /**
   * Clears the screen, sets the title by an 8-bit sequence, turns the direction of what follows;
   * and what nobody sees.
   */
  const name = "a\u001b[2J\u009d0;b\u0007\u202ec\u200bd\u2060\u{e0041}\u3164";
  const shown = "a\\u001b[2J\\u009d0;b\\u0007\\u202ec\\u200bd\\u2060\\u{e0041}\\u3164";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const commands = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202e\u2060\u{e0041}\u3164]/u;

  it("is made visible in names of columns, in results and in messages", async () => {
    write("odd.csv", `${name},y\n0,1\n1,0\n2,3\n`);
    const options = ["--interpolate", "--width", "3", "--max-steps", "2", "--out", "m.json"];
    const trained = await run("train", "odd.csv", "--target", "y", ...options);
    expect(trained.stdout).toContain(`target      y from ${shown}\n`);
    const info = await run("info", "m.json");
    expect(info.stdout).toContain(`input ${shown}  mean`);
    write(`${name}.csv`, "q\n1\n");
    const missing = await run("predict", "m.json", `${name}.csv`);
    expect(missing.stderr).toContain(`newton-nn: ${shown}.csv: no column`);
    write("cell.csv", `${name},y\n0,1\n1,0${name}\n`);
    const cell = await run("train", "cell.csv", "--target", "y");
    expect(cell.stderr).toContain(`got "0${shown.slice(0, 5)}`);
    for (const { stdout, stderr } of [trained, info, missing, cell]) {
      expect(stdout + stderr).not.toMatch(commands);
    }
  });
});

describe("exit codes and messages", () => {
  const cases: [string, string[], RegExp][] = [
    ["no such file", ["train", "none.csv", "--target", "y"], /cannot read none\.csv/],
    ["missing column", ["train", "data.csv", "--target", "z"], /no column "z"; there are "a"/],
    ["missing input", ["train", "data.csv", "--target", "y", "--inputs", "q"], /no column "q"/],
    [
      "cell of the target",
      ["train", "cell.csv", "--target", "y"],
      /cell\.csv, line 4, column "y".*"oops"; a target is a number in every row/,
    ],
    [
      "column of text",
      ["train", "text.csv", "--target", "y"],
      /text\.csv, line 2, column "kind".*"red".*leave the column out: --inputs names/,
    ],
    ["empty cell", ["train", "empty-cell.csv", "--target", "y"], /line 2, column "a".*""/],
    [
      "infinite cell",
      ["train", "infinite.csv", "--target", "y"],
      /finite number in decimal, got "1e999"/,
    ],
    ["hexadecimal width", [...TRAIN, "--width", "0x10"], /--width.*decimal/],
    ["constant", ["train", "constant.csv", "--target", "y"], /column "a".*vary/],
    ["ragged", ["train", "ragged.csv", "--target", "y"], /ragged\.csv.*line 3/],
    ["twice", ["train", "twice.csv", "--target", "y"], /two columns are called "a"/],
    ["empty file", ["train", "empty.csv", "--target", "y"], /at least one row, got nothing/],
    ["header alone", ["train", "header.csv", "--target", "y"], /the header alone/],
    ["width 0", ["train", "data.csv", "--target", "y", "--width", "0"], /--width: .*integer/],
    ["width text", ["train", "data.csv", "--target", "y", "--width", "x"], /--width/],
    ["beta", ["train", "data.csv", "--target", "y", "--beta", "0.5"], /beta.*above 0\.5/],
    ["activation", ["train", "data.csv", "--target", "y", "--activation", "step"], /tanh/],
    ["method", ["train", "data.csv", "--target", "y", "--method", "sgd"], /newton/],
    ["policy", ["train", "data.csv", "--target", "y", "--regularization", "x:1"], /fixed:gamma/],
    ["solver", [...TRAIN, "--solver", "lu"], /function-space/],
    ["curvature", [...TRAIN, "--curvature", "none"], /absolute/],
    [
      "solver of lbfgs",
      [...TRAIN, "--interpolate", "--method", "lbfgs", "--solver", "cg"],
      /--solver: /,
    ],
    ["plot", [...TRAIN, "--plot", "p.pdf"], /--plot: expected .*\.svg or \.png, got "p\.pdf"/],
    ["holdout", ["train", "data.csv", "--target", "y", "--holdout", "1"], /fraction/],
    ["gd rate", [...TRAIN, "--interpolate", "--method", "gd"], /--learning-rate/],
    ["unknown option", ["train", "data.csv", "--target", "y", "--wdith", "3"], /--wdith/],
    ["no target", ["train", "data.csv"], /--target/],
    ["target as input", [...TRAIN, "--inputs", "a,y"], /--inputs: .*other than.*"y"/],
    ["input twice", [...TRAIN, "--inputs", "a,a"], /--inputs: .*"a" twice/],
    ["target alone", ["train", "alone.csv", "--target", "y"], /no column beside "y"/],
    ["nothing held out", [...TRAIN, "--holdout", "0.01"], /--holdout: .*1 to 39 of 40/],
    ["all held out", [...TRAIN, "--holdout", "0.99"], /--holdout: .*which keeps 40/],
    ["stop rule", [...TRAIN, "--interpolate", "--stop-loss", "-1"], /--stop-loss: /],
    ["gamma", [...TRAIN, "--interpolate", "--regularization", "fixed:-1"], /--regularization: /],
    ["training flag", [...TRAIN, "--max-steps", "3"], /--max-steps: expected --interpolate/],
    ["members", [...TRAIN, "--interpolate", "--members", "2"], /--members: .*--interpolate/],
    ["no member", [...TRAIN, "--members", "0"], /--members: .*at least 1|--members: .*from 1/],
    ["split seed", [...TRAIN, "--split-seed", "-1"], /--split-seed.*at least 0/],
    ["one fold", [...TRAIN, "--folds", "1"], /--folds: .*at least 2/],
    ["folds", [...TRAIN, "--folds", "41"], /--folds: .*at most 40/],
    ["along", [...TRAIN, "--plot-fit", "p.svg", "--along", "y"], /--along: .*"a".*"b".*"y"/],
    ["plot of fit", [...TRAIN, "--plot-fit", "p.pdf"], /--plot-fit: expected .*\.svg or \.png/],
    ["interval", ["predict", "good.json", "data.csv", "--interval", "1"], /--interval.*below 1/],
    ["no noise", ["predict", "good.json", "data.csv", "--interval", "0.9"], /--interval: .*noise/],
    ["unknown command", ["fit"], /fit/],
    ["cut model", ["info", "cut.json"], /cut\.json is not a model/],
    ["edited model", ["predict", "edited.json", "data.csv"], /checksum/],
    ["newer model", ["info", "newer.json"], /update newton-nn/],
    ["not a model", ["info", "other.json"], /format/],
  ];

  it.each(cases)("2 for bad input: %s", async (_name, args, message) => {
    writeTable();
    write("cell.csv", "a,y\n1,2\n2,3\n3,oops\n");
    write("text.csv", "a,kind,y\n1,red,2\n2,blue,3\n");
    write("empty-cell.csv", "a,y\n,2\n2,3\n");
    write("infinite.csv", "a,y\n1,1e999\n2,3\n");
    write("constant.csv", "a,y\n1,2\n1,3\n");
    write("ragged.csv", "a,y\n1,2\n1\n");
    write("twice.csv", "a,a,y\n1,2,3\n");
    write("empty.csv", "");
    write("header.csv", "a,y\n");
    write("alone.csv", "y\n1\n2\n");
    write("other.json", "{}");
    await writeModels();
    const { code, stdout, stderr } = await run(...args);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^newton-nn: (?!error:).*\n$/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  async function writeModels(): Promise<void> {
    await run(...TRAIN, "--interpolate", "--max-steps", "0", "--out", "good.json");
    const text = readFileSync(join(folder, "good.json"), "utf8");
    write("cut.json", text.slice(0, text.length / 2));
    write("edited.json", text.replace('"mean":', '"mean":1'));
    write("newer.json", text.replace(/"version":\d+/, '"version":99'));
  }

  it.each(["--out", "--plot"])("1 when %s cannot be written, before any work", async (flag) => {
    writeTable();
    const { code, stdout, stderr } = await run(...TRAIN, "--json", flag, "none/file");
    expect(code).toBe(1);
    expect(stderr).toMatch(/cannot write none\/file/);
    expect(json(stdout).map(({ type }) => type)).toEqual(["error"]);
  });

  it("1 when --out of predict cannot be written, before anything is read", async () => {
    const { code, stderr } = await run("predict", "none.json", "none.csv", "--out", "");
    expect(code).toBe(1);
    expect(stderr).toMatch(/cannot write "": it has no name/);
  });

  it("says an error with its code for programs too", async () => {
    const { stdout, code } = await run("train", "none.csv", "--target", "y", "--json");
    expect(code).toBe(2);
    expect(json(stdout)).toEqual([expect.objectContaining({ type: "error", code: "file" })]);
  });

  it("says bad usage for programs too", async () => {
    for (const args of [
      ["train", "data.csv"],
      [...TRAIN, "--width", "x"],
      ["train", "--frob"],
    ]) {
      const { stdout, code } = await run(...args, "--json");
      expect(code).toBe(2);
      const error = { type: "error", code: "invalid-argument", message: expect.any(String) };
      expect(json(stdout)).toEqual([error]);
    }
  });

  it("says on one line what a parser says on several", async () => {
    write("lines.json", '{\n  "format": oops\n}\n');
    const { stderr, code } = await run("info", "lines.json");
    expect(code).toBe(2);
    expect(stderr).toMatch(/^newton-nn: lines\.json is not a model.*\n$/);
  });

  it("says what to install where vega is missing", async () => {
    writeTable();
    const installed = join(folder, "package");
    cpSync(join(root, "dist"), join(installed, "dist"), { recursive: true });
    cpSync(join(root, "package.json"), join(installed, "package.json"));
    const bare = join(installed, "dist/cli/main.js");
    const { code, stdout, stderr } = await execute(
      bare,
      [...TRAIN, "--plot", "p.svg", "--json"],
      folder,
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/npm install vega@6 vega-lite@6/);
    expect(json(stdout)).toMatchObject([{ type: "error", code: "missing-dependency" }]);
    expect((await execute(bare, [...TRAIN, ...SHORT], folder)).code).toBe(0);
  });

  it("0 for help and version", async () => {
    expect(await run("--help")).toMatchObject({ code: 0, stdout: expect.stringMatching(/train/) });
    expect((await run("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("a training that diverged", () => {
  const undamped = [
    ...["--interpolate", "--method", "gauss-newton", "--regularization", "fixed:1e-8"],
    ...["--activation", "softplus", "--width", "16", "--max-steps", "2"],
  ];
  const gd = ["--interpolate", "--method", "gd", "--width", "20", "--max-steps", "200"];

  it.each([
    ["that overflowed", [...gd, "--learning-rate", "1e3"], /--learning-rate/],
    ["that rose and was cut off", [...gd, "--learning-rate", "10"], /--learning-rate/],
    ["with steps that are taken whatever they do", undamped, /--regularization/],
  ])("has an exit code of its own and leaves files as they were, %s", async (_, flags, advice) => {
    writeTable();
    write("m.json", "a model");
    const files = ["--out", "m.json", "--plot", "new.svg"];
    const { code, stdout, stderr } = await run(...TRAIN, ...flags, ...files, "--json");
    expect(code).toBe(3);
    expect(stderr).toMatch(/^newton-nn: the training diverged: loss .* -> .*\n$/);
    expect(stderr).toMatch(advice);
    expect(json(stdout).at(-1)).toMatchObject({ type: "error", code: "diverged" });
    expect(json(stdout).some(({ type }) => type === "result")).toBe(false);
    expect(readFileSync(join(folder, "m.json"), "utf8")).toBe("a model");
    expect(readdirSync(folder).sort()).toEqual(["data.csv", "m.json"]);
  });

  it("advises what the method takes", async () => {
    const run = { reason: "diverged", initialLoss: 1, loss: 2, steps: 5 } as TrainingRun;
    const advised = methodNames.map(async (method) => {
      const { argument } = await faultOf(() => checkConverged({ ...run, method }, []));
      return [method, argument];
    });
    expect(Object.fromEntries(await Promise.all(advised))).toEqual({
      newton: "--regularization",
      "gauss-newton": "--regularization",
      "trust-region": "--method",
      lbfgs: "--method",
      gd: "--learning-rate",
      adam: "--learning-rate",
    });
  });

  it("is one whose error is beyond all numbers, though its loss is not", () => {
    const run = { method: "newton", reason: "loss", initialLoss: 1, loss: 0.5, steps: 5 };
    const none = { logLikelihood: null, coverage: null };
    const fine = { rmse: 1, r2: Number.NaN, samples: 3, ...none };
    const check = (quality: Quality | null) => () => {
      checkConverged(run as TrainingRun, [fine, quality]);
    };
    expect(check(null)).not.toThrow();
    for (const quality of [
      { ...fine, rmse: Number.POSITIVE_INFINITY },
      { ...fine, rmse: Number.NaN },
      { ...fine, r2: Number.NEGATIVE_INFINITY },
    ]) {
      expect(check(quality)).toThrow(expect.objectContaining({ code: "diverged" }));
    }
  });
});

describe("files that are read and written", () => {
  it.each([
    ["the table of train", ["--out", "data.csv"]],
    ["the table of train, through a link", ["--out", "link.csv"]],
    ["the model of train", ["--out", "a.svg", "--plot", "./a.svg"]],
  ])("are not the same: %s", async (_name, args) => {
    const text = readFileSync(join(folder, writeTable()), "utf8");
    symlinkSync("data.csv", join(folder, "link.csv"));
    const { code, stderr } = await run(...TRAIN, ...args);
    expect(code).toBe(2);
    expect(stderr).toContain("expected a file that this command neither reads nor writes");
    expect(readFileSync(join(folder, "data.csv"), "utf8")).toBe(text);
    expect(readdirSync(folder).sort()).toEqual(["data.csv", "link.csv"]);
  });

  it.each(["m.json", "data.csv"])("are not the same: %s of predict", async (out) => {
    writeTable();
    await run(...TRAIN, ...SHORT, "--out", "m.json");
    const before = readFileSync(join(folder, out), "utf8");
    const { code, stderr } = await run("predict", "m.json", "data.csv", "--out", out);
    expect(code).toBe(2);
    expect(stderr).toContain("--out: expected a file");
    expect(readFileSync(join(folder, out), "utf8")).toBe(before);
  });
});

describe("interruption", () => {
  const signals = [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const;

  it.each(signals)(
    "by %s ends after the step, writes the model, says so: %i",
    async (name, code) => {
      writeTable();
      // Slow enough not to be done before the interrupt comes.
      const slow = ["--method", "adam", "--learning-rate", "1e-9"];
      const long = ["--interpolate", "--width", "30", "--max-steps", "100000000"];
      const args = [...TRAIN, ...long, ...slow];
      const child = spawn(process.execPath, [command, ...args, "--out", "m.json", "--json"], {
        cwd: folder,
        stdio: ["ignore", "pipe", "inherit"],
      });
      let output = "";
      child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
        if (output === "") child.kill(name);
        output += chunk;
      });
      expect(await exitCode(child)).toBe(code);
      const result = json(output).at(-1);
      expect(result).toMatchObject({ type: "result", reason: "aborted" });
      expect((await run("info", "m.json")).code).toBe(0);
    },
  );

  it.each(signals)(
    "by %s is heard in the middle of a step, and a second one ends it",
    async (name) => {
      writeTable("data.csv", 600);
      // Thousands of parameters in the dense solver: a step takes seconds.
      const slow = ["--width", "800", "--solver", "dense", "--curvature", "gauss-newton"];
      const args = [
        ...TRAIN,
        "--interpolate",
        ...slow,
        "--acceleration",
        "none",
        "--out",
        "m.json",
        "--json",
      ];
      const child = spawn(process.execPath, [command, ...args], {
        cwd: folder,
        stdio: ["ignore", "pipe", "pipe"],
      });
      let output = "";
      child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
        if (output === "") child.kill(name);
        output += chunk;
      });
      let steps = 0;
      let message = "";
      child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
        message += chunk;
        steps = lines(output).length;
        child.kill(name);
      });
      const signal = await new Promise((resolve) => child.once("close", (_, by) => resolve(by)));
      expect(signal).toBe(name);
      expect(message).toBe("newton-nn: ending with what is reached; once more to drop it\n");
      // Heard while the next step was under way: no further line came in between.
      expect(lines(output)).toHaveLength(steps);
      expect(readdirSync(folder)).toEqual(["data.csv"]);
    },
  );

  it.skipIf(process.platform === "win32").each(signals)(
    "by %s ends a command at once that works on the main thread",
    async (name) => {
      writeTable();
      await run(...TRAIN, ...SHORT, "--out", "m.json");
      execFileSync("mkfifo", [join(folder, "rows.csv")]);
      const child = spawn(process.execPath, [command, "predict", "m.json", "rows.csv"], {
        cwd: folder,
        stdio: "ignore",
      });
      const ended = new Promise((resolve) => child.once("close", (_, by) => resolve(by)));
      // Opens when the command has: it waits for rows, which never come.
      const rows = await open(join(folder, "rows.csv"), "w");
      try {
        child.kill(name);
        expect(await ended).toBe(name);
      } finally {
        child.kill("SIGKILL");
        await rows.close();
      }
    },
  );
});

function exitCode(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once("close", resolve));
}
