import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEngine, type Engine, InputError } from "../../bindings/index.js";
import { makePoints } from "../../bindings/lab/solve/points.js";
import { type PointsSaid, parseProblem, readProblem } from "../../bindings/lab/solve/problem.js";
import { pictureOfSolution, solveProblem } from "../../bindings/lab/solve/run.js";
import { Solution } from "../../bindings/pde.js";
import { command, execute, json, root } from "./command.js";

const examples = join(root, "examples/pde");
const LINE = `
coordinates: [x]
unknowns: [u]
equations:
  - equation: u_xx = -sin(x)
    points: { grid: { x: [0, 3, 30] } }
  - equation: u = sin(x)
    points: [[0], [3]]
    weight: 100
network: { width: 30 }
maxSteps: 0
exact: { u: sin(x) }
`;

let engine: Engine;
let folder: string;
beforeAll(async () => {
  engine = await createEngine();
  folder = mkdtempSync(join(tmpdir(), "newton-nn-solve-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const faultOf = async (work: () => unknown) => {
  const error = await Promise.resolve()
    .then(work)
    .catch((e: unknown) => e);
  expect(error).toBeInstanceOf(InputError);
  return (error as InputError).message;
};

describe("the file of a problem", () => {
  it.each([
    ["a key that is not known", LINE.replace("maxSteps", "steps"), "p.yaml, line 11: steps is not"],
    ["no unknowns", LINE.replace("unknowns: [u]", ""), "required property 'unknowns'"],
    [
      "points of no known way",
      LINE.replace("grid:", "gird:"),
      "equations.0.points.gird is not known",
    ],
    [
      "a grid without counts",
      LINE.replace("[0, 3, 30]", "[0, 3]"),
      "line 6: equations.0.points.grid.x",
    ],
    ["text as a number", LINE.replace("width: 30", "width: many"), "network.width must be integer"],
    ["what is not YAML", "a: [", "p.yaml: "],
    ["a list", "- 1", "the problem must be object"],
    ["an exact solution of nothing", LINE.replace("{ u: sin", "{ v: sin"), 'one of u, got "v"'],
    ["an activation that is none", LINE.replace("width:", "activation: swish, width:"), "one of"],
  ])("%s", async (_, text, part) => {
    expect(await faultOf(() => parseProblem(text, "p.yaml"))).toContain(part);
  });

  it("all examples are problems", () => {
    const files = readdirSync(examples).filter((name) => name.endsWith(".yaml"));
    expect(files.length).toBe(12);
    for (const file of files) expect(readProblem(join(examples, file)).exact).toBeDefined();
  });
});

describe("points as they are said", () => {
  const make = (said: PointsSaid) =>
    makePoints(said, {
      source: join(folder, "p.yaml"),
      argument: "points",
      coordinates: ["t", "x"],
      engine,
    });

  it("in the order of the coordinates, one of which may keep its value", async () => {
    const { points } = await make({ grid: { x: [0, 1, 2], t: 0.5 } });
    expect(points).toEqual([
      [0.5, 0],
      [0.5, 1],
    ]);
    expect((await make({ grid: { x: 1, t: 0.5 } })).points).toEqual([[0.5, 1]]);
  });

  it("one after the other", async () => {
    const { points } = await make([{ grid: { t: 0, x: [0, 2, 3] } }, [7, 8]]);
    expect(points).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
      [7, 8],
    ]);
  });

  it("on faces in turn", async () => {
    const { points } = await make({ faces: { t: [1, 2], x: [3, 4] }, count: 8, seed: 1 });
    expect(points.map(([t]) => t).filter((_, m) => m % 4 < 2)).toEqual([1, 2, 1, 2]);
    expect(points.map(([, x]) => x).filter((_, m) => m % 4 > 1)).toEqual([3, 4, 3, 4]);
    expect(points.every(([t, x]) => t! >= 1 && t! <= 2 && x! >= 3 && x! <= 4)).toBe(true);
  });

  it.each<[string, PointsSaid]>([
    ["uniform", { uniform: { t: [0, 1], x: 5 }, count: 9 }],
    ["latinHypercube", { latinHypercube: { t: [0, 1], x: 5 }, count: 9, seed: 4 }],
    ["sobol", { sobol: { t: [0, 1], x: 5 }, count: 9 }],
  ])("%s", async (_, said) => {
    const { points } = await make(said);
    expect(new Set(points.map(([t]) => t)).size).toBe(9);
    expect(points.every(([t, x]) => t! >= 0 && t! < 1 && x === 5)).toBe(true);
  });

  it("a table's, with its other columns as data", async () => {
    write("m.csv", "x,u0,t\n1,2,3\n4,5,6\n");
    const { points, data } = await make({ csv: "m.csv" });
    expect(points).toEqual([
      [3, 1],
      [6, 4],
    ]);
    expect(data).toEqual({ u0: new Float64Array([2, 5]) });
  });

  it.each<[string, PointsSaid, string]>([
    [
      "a coordinate that is none",
      { grid: { t: 0, y: 0 } },
      'points: expected coordinates among t, x, got "y"',
    ],
    ["a coordinate left out", { grid: { t: 0 } }, "a range of each of t, x, got none of x"],
    ["a range backwards", { sobol: { t: 0, x: [1, 0] }, count: 2 }, "low below high, got [1,0]"],
    ["no file", { csv: "none.csv" }, "cannot read"],
  ])("%s", async (_, said, part) => {
    expect(await faultOf(() => make(said))).toContain(part);
  });
});

describe("a solved problem", () => {
  it("has the error at points it has not seen, and a picture", async () => {
    const problem = parseProblem(LINE, "p.yaml");
    const solved = await solveProblem(problem, "p.yaml", engine, {});
    expect(solved.points).toEqual([30, 2]);
    expect(solved.box).toEqual([[0, 3]]);
    const { u } = solved.errors;
    expect(u).toBeLessThan(1e-9);
    const { panels, axes } = pictureOfSolution(solved, problem);
    expect(panels.map(({ title }) => title)).toEqual(["u", "u, error"]);
    const worst = Math.max(...Array.from(panels[1]!.values, Math.abs));
    // Its largest is above its mean, and within what 400 values can have.
    expect(worst / u!).toBeGreaterThan(0.5);
    expect(worst / u!).toBeLessThan(400);
    axes[0]!.forEach((x, i) => {
      expect(Math.abs(panels[0]!.values[i]! - Math.sin(x))).toBeLessThan(1e-8);
    });
    solved.solution.dispose();
  });

  it("tells a wrong exact solution's error", async () => {
    const problem = parseProblem(LINE.replace("{ u: sin(x) }", "{ u: 2*sin(x) }"), "p.yaml");
    const { errors, solution } = await solveProblem(problem, "p.yaml", engine, {});
    expect(Math.abs(errors.u! - 0.5)).toBeLessThan(1e-8);
    solution.dispose();
  });

  it("more than two coordinates: the others are in the middle", async () => {
    const text = `{ coordinates: [x, y, z], unknowns: [u], maxSteps: 0, network: { width: 60, scale: 1 },
      equations: [{ equation: u = z, points: { sobol: { x: [0, 1], y: [0, 1], z: [0, 4] }, count: 99 } },
        { equation: u = z, points: { grid: { x: 0, y: 0, z: [0, 4, 3] } } }] }`;
    const problem = parseProblem(text, "p.yaml");
    const solved = await solveProblem(problem, "p.yaml", engine, {});
    const { title, panels, coordinates } = pictureOfSolution(solved, problem);
    expect(title).toBe("u = z, z = 2");
    expect(coordinates).toEqual(["x", "y"]);
    expect(panels).toHaveLength(1);
    for (const value of Array.from(panels[0]!.values))
      expect(Math.abs(value - 2)).toBeLessThan(0.1);
    solved.solution.dispose();
  });

  it("a column is not called as an unknown: that equation would be met by everything", async () => {
    write("named.csv", "x,u\n0,0\n3,1\n");
    const text = LINE.replace("u = sin(x)", "u = u").replace("[[0], [3]]", "{ csv: named.csv }");
    const path = join(folder, "p.yaml");
    const message = await faultOf(() => solveProblem(parseProblem(text, path), path, engine, {}));
    expect(message).toContain('equations[1].data: expected names that nothing else has, got "u"');
  });

  it.each([
    ["unknowns", { unknowns: ["x"] }],
    ["parameters", { parameters: { u: 1 } }],
    ["constants", { constants: { x: 1 } }],
  ])("no name twice: %s", async (key, part) => {
    const problem = { ...parseProblem(LINE, "p.yaml"), ...part, exact: {} };
    const message = await faultOf(() => solveProblem(problem, "p.yaml", engine, {}));
    expect(message).toContain(`${key}: expected names that nothing else has`);
  });

  it("begins where the equation has values, if there are none at u = 0", async () => {
    const text = LINE.replace("u_xx = -sin(x)", "log(u) = x/2").replace(/sin\(x\)/g, "exp(x/2)");
    const problem = parseProblem(text, "p.yaml");
    const { errors, solution } = await solveProblem(problem, "p.yaml", engine, {});
    expect(errors.u).toBeLessThan(1e-8);
    solution.dispose();
  });

  it("names the equation and the point where there is no value", async () => {
    const text = LINE.replace("u_xx = -sin(x)", "x*u_xx = log(x - 2)");
    const problem = parseProblem(text, "p.yaml");
    const message = await faultOf(() => solveProblem(problem, "p.yaml", engine, {}));
    expect(message).toBe(
      'p.yaml: equations[0]: "x*u_xx = log(x - 2)" is NaN at points[0] at the start',
    );
  });

  it("names the file where an equation is wrong", async () => {
    const problem = parseProblem(LINE.replace("-sin(x)", "-sin(z)"), "p.yaml");
    const message = await faultOf(() => solveProblem(problem, "p.yaml", engine, {}));
    expect(message).toMatch(/^p\.yaml: equations\[0\]\.equation: expected one of .* at character/);
  });
});

describe("newton-nn solve", () => {
  it("writes the solution and the plot, and says the error", async () => {
    write("line.yaml", LINE);
    const args = ["solve", "line.yaml", "--out", "u.json", "--plot", "u.svg", "--json"];
    const { code, stdout, stderr } = await execute(command, args, folder);
    expect([code, stderr]).toEqual([0, ""]);
    const result = json(stdout).at(-1);
    expect(result).toMatchObject({ type: "result", points: [30, 2], steps: 0, solution: "u.json" });
    expect(result.errors.u).toBeLessThan(1e-9);
    expect(readFileSync(join(folder, "u.svg"), "utf8")).toMatch(/^<svg/);
    const kept = JSON.parse(readFileSync(join(folder, "u.json"), "utf8"));
    using solution = await Solution.fromJSON(kept, engine);
    expect(Math.abs(solution.at([[1]])[0]! - Math.sin(1))).toBeLessThan(1e-9);
    const plain = await execute(command, ["solve", "line.yaml"], folder);
    expect(plain.stdout).toMatch(/^points +30 \+ 2\n/);
    expect(plain.stdout).toMatch(/error of u +\d\.\d+e-\d+, relative/);
  });

  it("finds a number in an equation from what sensors measured", async () => {
    const path = join(examples, "diffusivity.yaml");
    const { code, stdout } = await execute(command, ["solve", path, "--json"], folder);
    expect(code).toBe(0);
    const all = json(stdout);
    const { parameters } = all.at(-1);
    expect(all.filter(({ type }) => type === "step").length).toBe(all.at(-1).steps);
    // 100 sensors with an error of 0.01: three standard errors of a fit of kappa alone are 0.005.
    expect(Math.abs(parameters.kappa - 0.25)).toBeLessThan(0.005);
  });

  it.each([
    ["no file", [], 2, "problem.yaml"],
    ["a file that is not there", ["none.yaml"], 2, "cannot read none.yaml"],
    ["the file itself as output", ["line.yaml", "--out", "line.yaml"], 2, "--out"],
    ["a plot of no kind", ["line.yaml", "--plot", "u.gif"], 2, ".svg or .png"],
    ["a folder that is not there", ["line.yaml", "--out", "no/u.json"], 1, "cannot write"],
  ] as const)("%s", async (_, args, expected, part) => {
    const { code, stderr } = await execute(command, ["solve", ...args], folder);
    expect(stderr).toContain(part);
    expect(code).toBe(expected);
  });

  it("prints its schema", async () => {
    const { stdout } = await execute(command, ["solve", "--schema"], folder);
    expect(JSON.parse(stdout).required).toEqual(["coordinates", "unknowns", "equations"]);
  });
});
