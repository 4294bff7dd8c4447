import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { METHODS, methodNames, methodTraits } from "../../bindings/methods/table.js";
import { accelerationNames } from "../../bindings/objective/acceleration.js";
import { curvatureNames } from "../../bindings/objective/curvature.js";
import { POLICIES, policyNames } from "../../bindings/regularization/table.js";
import { activationNames } from "../../bindings/shape/activations.js";
import { precisionNames } from "../../bindings/solvers/precision.js";
import { concreteSolverNames, SOLVERS } from "../../bindings/solvers/table.js";

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

/** The first column of the table below a heading, where it has a name. */
function rowsUnder(page: string, heading: string): string[] {
  const [, section = ""] = read(page).split(`\n## ${heading}\n`);
  const [text] = section.split("\n## ");
  return [...text!.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name!);
}

describe("what docs/training.md lists is what the tables have", () => {
  it.each([
    ["Methods", methodNames],
    ["Activations", activationNames],
    ["Solvers", concreteSolverNames],
    ["Curvature", curvatureNames],
  ])("%s", (heading, names) => {
    expect(rowsUnder("docs/training.md", heading).sort()).toEqual([...names].sort());
  });

  it("policies", () => {
    const listed = read("docs/training.md").matchAll(/^- `\{ policy: "([a-z-]+)"/gm);
    expect([...listed].map(([, name]) => name)).toEqual(policyNames);
  });

  it("accelerations and precisions", () => {
    const page = read("docs/training.md") + read("docs/cli.md");
    for (const name of [...accelerationNames, ...precisionNames]) expect(page).toContain(name);
  });

  it("default learning rates", () => {
    const page = read("docs/training.md");
    expect(methodTraits("adam").defaultLearningRate).toBe(1e-2);
    expect(page).toMatch(/\| `adam` \| [^|]*default rate 1e-2 /);
    expect(methodTraits("gd").defaultLearningRate).toBeNull();
    expect(page).toMatch(/\| `gd` \| [^|]*no safe default/);
  });
});

describe("docstrings of the types name what the tables have", () => {
  it.each([
    ["shape/activations.ts", "Activation", activationNames],
    ["methods/table.ts", "MethodName", methodNames],
    ["solvers/table.ts", "SolverName", concreteSolverNames],
    ["objective/curvature.ts", "Curvature", curvatureNames],
    ["objective/acceleration.ts", "Acceleration", accelerationNames],
    ["solvers/precision.ts", "Precision", precisionNames.filter((name) => name !== "float64")],
  ])("%s", (file, type, names) => {
    const [before] = read(`bindings/${file}`).split(`\nexport type ${type} =`);
    const docstring = before!.slice(before!.lastIndexOf("/**"));
    for (const name of names) expect(docstring).toContain(`\`${name}\``);
  });
});

/** Comparisons of a value with a text. */
const COMPARISON = /(?:[!=]== ?|\bcase )"([^"]+)"|"([^"]+)" [!=]==/g;

it("nothing in bindings/ compares a value with a name: a table says what its names mean", () => {
  const names = new Set<string>([
    ...activationNames,
    ...methodNames,
    ...concreteSolverNames,
    ...curvatureNames,
    ...policyNames,
    ...accelerationNames,
    ...precisionNames,
  ]);
  const files = readdirSync(join(root, "bindings"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.includes("generated"))
    .map((file) => join(root, "bindings", file));
  expect(files.length).toBeGreaterThan(100);
  const found = files.flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(COMPARISON)]
      .filter(([, right, left]) => names.has(right ?? left!))
      .map(([text]) => `${relative(root, file)}: ${text}`),
  );
  expect(found).toEqual([]);
});

describe("traits", () => {
  it("a method that searches its length has a length to begin with", () => {
    const searching = methodNames.filter((name) => methodTraits(name).searches);
    expect(searching).toEqual(["trust-region", "lbfgs"]);
    for (const name of searching) expect(METHODS[name].defaultLearningRate).toBe(1);
  });

  it("one solver at least is certain, and one of those does mixed precision", () => {
    const certain = concreteSolverNames.filter((name) => SOLVERS[name].certifiesDefiniteness);
    expect(certain).toEqual(["dense", "function-space"]);
  });

  it("policies whose main option has no default are those that never move gamma", () => {
    const constant = policyNames.filter((name) => POLICIES[name].mainRequired);
    expect(constant).toEqual(["fixed", "scaled"]);
  });
});
