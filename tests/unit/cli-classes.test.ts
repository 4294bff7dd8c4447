import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Model } from "../../bindings/index.js";
import { command, execute, json, lines, root } from "./command.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "newton-nn-classes-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]) => execute(command, args, folder);
const data = (name: string) => join(root, "examples/data", `${name}.csv`);

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

/** Rows of a and b, a class by a, and a weight. */
function writeClasses(label: (index: number) => string, name = "data.csv"): string {
  const rows = Array.from({ length: 40 }, (_, m) =>
    [m, (m * 7) % 11, label(Math.floor(m / 14)), 1 + (m % 3)].join(","),
  );
  return write(name, `a,b,kind,count\n${rows.join("\n")}\n`);
}

const KIND = ["--target", "kind", "--inputs", "a,b", "--width", "8"];
const colours = ["red", '"blue, or so"', "=green"];

describe("classes", () => {
  it("are trained on, measured, shown and predicted", async () => {
    const training = ["--target", "species", "--loss", "softmax", "--width", "10"];
    const kept = ["--holdout", "0.2", "--folds", "3", "--out", "m.json"];
    const trained = await run("train", data("penguins"), ...training, ...kept);
    expect(trained).toMatchObject({ code: 0, stderr: "" });
    expect(trained.stdout).toMatch(/^loss +softmax$/m);
    expect(trained.stdout).toMatch(/^classes +Adelie, Chinstrap, Gentoo$/m);
    const quality = String.raw`accuracy \d+\.\d %, log-loss [\d.e-]+, Brier [\d.e-]+, on`;
    expect(trained.stdout).toMatch(new RegExp(`^training +${quality} 274 rows$`, "m"));
    expect(trained.stdout).toMatch(new RegExp(`^held out +${quality} 68 rows$`, "m"));
    expect(trained.stdout).toMatch(new RegExp(`^folds +3: ${quality} 274 rows$`, "m"));

    const shown = await run("info", "m.json");
    expect(shown.stdout).toMatch(/^classes +Adelie, Chinstrap, Gentoo$/m);
    expect(shown.stdout).toMatch(/^target species +one of the classes$/m);
    const [facts] = json((await run("info", "m.json", "--json")).stdout);
    expect(facts).toMatchObject({
      loss: { name: "softmax" },
      classes: ["Adelie", "Chinstrap", "Gentoo"],
    });

    const predicted = await run("predict", "m.json", data("penguins"));
    const [header, ...rows] = parse(predicted.stdout) as string[][];
    expect(header).toEqual(["species", "species_Adelie", "species_Chinstrap", "species_Gentoo"]);
    expect(rows.length).toBe(342);
    const model = await Model.fromJSON<string>(
      JSON.parse(readFileSync(join(folder, "m.json"), "utf8")),
    );
    const x = (parse(readFileSync(data("penguins"))) as string[][])
      .slice(1)
      .map((row) => row.slice(0, 4).map(Number));
    const { probabilities } = model.predictive(x);
    expect(rows.flatMap((row) => row.slice(1).map(Number))).toEqual([...probabilities]);
    expect(rows.map(([label]) => label)).toEqual(model.predict(x));
    model.dispose();
  });

  it("say the same for a program", async () => {
    writeClasses((index) => colours[index]!);
    const options = [...KIND, "--loss", "softmax", "--weights", "count", "--out", "m.json"];
    const trained = await run("train", "data.csv", ...options, "--holdout", "0.25", "--json");
    expect(trained).toMatchObject({ code: 0, stderr: "" });
    const result = json(trained.stdout).at(-1);
    const quality = {
      accuracy: expect.any(Number),
      logLoss: expect.any(Number),
      brier: expect.any(Number),
    };
    expect(result).toMatchObject({
      type: "result",
      classes: ["=green", "blue, or so", "red"],
      training: { ...quality, samples: 30 },
      heldOut: { ...quality, samples: 10 },
    });
    const [written] = json((await run("predict", "m.json", "data.csv", "--json")).stdout);
    expect(written).toMatchObject({ target: "kind", classes: result.classes });
    expect(written.probabilities.length).toBe(40);
    for (const [row, shares] of written.probabilities.entries()) {
      expect(shares.reduce((a: number, b: number) => a + b)).toBeCloseTo(1, 14);
      const likeliest = shares.indexOf(Math.max(...shares));
      expect(written.predictions[row]).toBe(result.classes[likeliest]);
    }
    // Names that need quotes come back as they were.
    await run("predict", "m.json", "data.csv", "--out", "p.csv");
    const [header, ...rows] = parse(readFileSync(join(folder, "p.csv"))) as string[][];
    expect(header).toEqual(["kind", "kind_=green", "kind_blue, or so", "kind_red"]);
    expect(rows.map(([label]) => label)).toEqual(written.predictions);
  });

  it("that are whole numbers stay numbers, and two of them have one output", async () => {
    writeClasses((index) => String(10 - Math.min(index, 1)));
    await run("train", "data.csv", ...KIND, "--loss", "logistic", "--out", "m.json");
    const model = JSON.parse(readFileSync(join(folder, "m.json"), "utf8"));
    expect(model).toMatchObject({ classes: [9, 10], network: { version: 1 } });
    const predicted = await run("predict", "m.json", "data.csv");
    expect(lines(predicted.stdout)[0]).toBe("kind,kind_9,kind_10");
    expect(lines(predicted.stdout)[1]).toMatch(/^10,/);
  });

  it("are the same with weights as with rows that are repeated", async () => {
    const labels = (index: number) => colours[index]!;
    writeClasses(labels);
    const [, ...rows] = lines(readFileSync(join(folder, "data.csv"), "utf8"));
    const often = rows.flatMap((row, m) => Array.from({ length: 1 + (m % 3) }, () => row));
    write("often.csv", `a,b,kind,count\n${often.join("\n")}\n`);
    const options = [...KIND, "--no-standardize", "--loss", "softmax", "--json"];
    const ratio = often.length / rows.length;
    const penalty = (lambda: number) => `w=${lambda},eta=${lambda},c=${lambda}`;
    const [weighted, repeated] = await Promise.all([
      run(
        "train",
        "data.csv",
        ...options,
        "--weights",
        "count",
        "--penalty",
        penalty(0.01 * ratio),
      ),
      run("train", "often.csv", ...options, "--penalty", "0.01"),
    ]);
    const [a, b] = [weighted, repeated].map(({ stdout }) => json(stdout).at(-1));
    expect(a.training.logLoss).toBeCloseTo(b.training.logLoss, 6);
    expect(a.loss / ratio).toBeCloseTo(b.loss, 8);
  });
});

describe("counts and outliers", () => {
  it("counts are predicted by their means, and a loss below 0 is drawn", async () => {
    const training = ["--target", "strikes", "--loss", "poisson", "--width", "10"];
    const files = ["--out", "m.json", "--plot", "loss.svg", "--plot-fit", "fit.svg"];
    const along = ["--along", "year"];
    const trained = await run("train", data("bird-strikes"), ...training, ...files, ...along);
    expect(trained).toMatchObject({ code: 0, stderr: "" });
    expect(trained.stdout).toMatch(/^loss +poisson$/m);
    expect(trained.stdout).toMatch(/^training +RMSE [\d.]+, R² 0\.9\d+ on 150 rows$/m);
    expect(readFileSync(join(folder, "loss.svg"), "utf8")).toContain("−200");
    const predicted = await run("predict", "m.json", data("bird-strikes"));
    const [header, ...values] = lines(predicted.stdout);
    expect(header).toBe("strikes");
    expect(Math.min(...values.map(Number))).toBeGreaterThan(0);
    const shown = await run("info", "m.json");
    expect(shown.stdout).toMatch(/^loss +poisson$/m);
  });

  it("the parameters of a loss are those that are given", async () => {
    const inputs = ["--inputs", "year,log10_population,fertility", "--width", "4"];
    const options = ["--target", "life_expectancy", ...inputs, "--max-steps", "20"];
    const loss = ["--loss", "student-t:scale=0.3,dof=3"];
    const trained = await run("train", data("life-expectancy"), ...options, ...loss);
    expect(trained.code).toBe(0);
    expect(trained.stdout).toMatch(/^loss +student-t, dof 3, scale 0\.3$/m);
  });

  it("a penalty of 0 is none", async () => {
    writeClasses((index) => String(Math.min(index, 1)));
    const options = [...KIND, "--loss", "logistic", "--json", "--max-steps", "30"];
    const [none, some] = await Promise.all([
      run("train", "data.csv", ...options, "--penalty", "0"),
      run("train", "data.csv", ...options),
    ]);
    const [a, b] = [none, some].map(({ stdout }) => json(stdout).at(-1));
    expect(a.loss).toBeCloseTo(a.training.logLoss, 12);
    expect(b.loss).toBeGreaterThan(b.training.logLoss + 1e-3);
  });
});

describe("what is refused", () => {
  const softmax = ["--loss", "softmax"];
  const faults: [string, string[], RegExp][] = [
    ["a loss that is none", ["--loss", "hinge"], /--loss <name>.*student-t\[:dof=..,scale=..\]/],
    ["a parameter of another loss", ["--loss", "huber:dof=3"], /--loss <name>/],
    ["a parameter twice", ["--loss", "huber:delta=1,delta=2"], /--loss <name>/],
    ["a parameter of 0", ["--loss", "huber:delta=0"], /--loss <name>.*numbers above 0/],
    ["a loss with nothing behind its colon", ["--loss", "huber:"], /--loss <name>/],
    ["a penalty of another group", [...softmax, "--penalty", "v=1"], /--penalty <lambda>/],
    ["a penalty below 0", [...softmax, "--penalty", "w=-1"], /--penalty <lambda>/],
    ["a penalty of noise that is estimated", ["--penalty", "1"], /--penalty: expected --interpol/],
    ["weights of noise that is estimated", ["--weights", "b"], /--weights: expected --interpolate/],
    [
      "weights that are an input",
      [...softmax, "--weights", "a"],
      /--inputs: .*the weights, got "a"/,
    ],
    ["weights that are the target", [...softmax, "--weights", "kind"], /--weights: .* got "kind"/],
    ["weights that are not there", [...softmax, "--weights", "w"], /no column "w"/],
    ["weights that are texts", [...softmax, "--weights", "text"], /line 2, column "text"/],
    ["members", [...softmax, "--members", "2"], /--members: expected no such flag beside --loss/],
    ["a plot of the fit", [...softmax, "--plot-fit", "x.svg"], /--plot-fit: expected no plot/],
    ["three classes for two", ["--loss", "logistic"], /--loss: expected "softmax" for 3 classes/],
    [
      "texts that are quantities",
      ["--loss", "squares"],
      /column "kind": .*for classes: --loss soft/,
    ],
  ];
  it.each(faults)("%s", async (_, options, message) => {
    const rows = Array.from({ length: 12 }, (_, m) => `${m},${m % 5},${"uvw"[m % 3]},t`);
    write("data.csv", `a,b,kind,text\n${rows.join("\n")}\n`);
    const { code, stdout, stderr } = await run("train", "data.csv", ...KIND, ...options);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
    expect(lines(stderr).length).toBe(1);
    expect(readdirSync(folder)).toEqual(["data.csv"]);
  });

  const cells: [string, string, RegExp][] = [
    ["a cell without a class", "", /line 7, column "kind": expected a class, got ""/],
    [
      "half a class among numbers",
      "1.5",
      /line 7, .*expected a class, as a text or a whole number/,
    ],
  ];
  it.each(cells)("%s", async (_, cell, message) => {
    const rows = Array.from({ length: 12 }, (_, m) => `${m},${m % 5},${m === 5 ? cell : m % 2}`);
    write("data.csv", `a,b,kind\n${rows.join("\n")}\n`);
    const { code, stderr } = await run("train", "data.csv", ...KIND, ...softmax);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it("one class only, and an interval of classes", async () => {
    writeClasses(() => "red");
    const one = await run("train", "data.csv", ...KIND, ...softmax);
    expect(one.stderr).toMatch(/expected at least two classes, got "red" in every row/);
    writeClasses((index) => colours[index]!);
    await run("train", "data.csv", ...KIND, ...softmax, "--out", "m.json");
    const interval = await run("predict", "m.json", "data.csv", "--interval", "0.9");
    expect(interval).toMatchObject({ code: 2, stdout: "" });
    expect(interval.stderr).toMatch(/--interval: expected a model of quantities/);
  });
});
