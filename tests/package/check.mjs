/**
 * Packs the package, installs the tarball into an empty folder, where it has to be the only
 * package, and uses it from there as a stranger would: ESM import, types, the command; publint and
 * "are the types wrong" look it over. Prints the size of the tarball. Run by `.ci/run`.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = mkdtempSync(join(tmpdir(), "newton-nn-package-"));

function run(command, args, cwd = folder) {
  return execFileSync(command, args, {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
}

try {
  const [packed] = JSON.parse(run("npm", ["pack", "--json", "--pack-destination", folder], root));
  const tarball = join(folder, packed.filename);
  const paths = packed.files.map(({ path }) => path);
  for (const needed of [
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "dist/index.js",
    "dist/index.d.ts",
    "dist/cli/main.js",
    "dist/cli/main.js.map",
    "dist/THIRD-PARTY-LICENSES.txt",
  ]) {
    assert.ok(paths.includes(needed), `${needed} is in the tarball`);
  }
  const stray = paths.filter(
    (path) => !/^(dist\/|README|LICENSE|CHANGELOG|package\.json)/.test(path),
  );
  assert.deepEqual(stray, [], "nothing else is in the tarball");
  console.log(
    `tarball: ${statSync(tarball).size} bytes, ${packed.unpackedSize} unpacked, ${paths.length} files`,
  );

  run("npx", ["publint", "run", tarball, "--strict"], root);
  // ECMAScript modules only: `require` of them works from Node 20.19 on, and resolvers without
  // `exports` are not supported.
  run("npx", ["attw", tarball, "--profile", "esm-only", "--quiet"], root);
  console.log("publint and attw: nothing to report");

  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  run("npm", ["install", "--no-audit", "--no-fund", tarball]);
  const installed = readdirSync(join(folder, "node_modules")).filter((name) => name[0] !== ".");
  assert.deepEqual(installed, ["newton-nn"], "one package is installed");
  const inside = readdirSync(join(folder, "node_modules/newton-nn"));
  assert.ok(!inside.includes("node_modules"), "with none in it");
  const { packages } = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8"));
  assert.deepEqual(Object.keys(packages), ["", "node_modules/newton-nn"], "nor in the lock file");
  console.log("installed: newton-nn alone");

  writeFileSync(
    join(folder, "use.ts"),
    `import { Network, NewtonError, train, type StepRecord, type TrainingRun } from "newton-nn";
import { parsePlan, sweep, type SweepReport } from "newton-nn/sweep";
import * as fetched from "newton-nn/url";
const x = Array.from({ length: 20 }, (_, i) => i / 19);
const y = x.map((value) => Math.sin(6 * value));
const losses: number[] = [];
const network: Network = await Network.create({ width: 20, seed: 1 });
const run: TrainingRun = await train(network, { x, y }, {
  maxSteps: 60,
  onStep: (record: StepRecord) => losses.push(record.loss),
});
if (!(run.loss < 1e-4 && losses.length === run.steps)) throw new Error(\`loss \${run.loss}\`);
const error = await Network.create({ width: 0 }).catch((reason: unknown) => reason);
if (!(error instanceof NewtonError && error.code === "invalid-argument")) throw new Error("untyped");
console.log("import:", run.reason, run.loss);
const plan = { settings: { maxSteps: 2, samples: 8 }, grid: { width: [2, 3], seed: [1] } };
const report: SweepReport = await sweep(plan, { out: "swept" });
if (report.done !== 2) throw new Error("newton-nn/sweep");
try {
  parsePlan("grid: [", "plan.yaml");
  throw new Error("no plan");
} catch (reason) {
  if (!(reason instanceof NewtonError && reason.code === "invalid-argument")) throw reason;
}
const other = await fetched.Network.create({ width: 20, seed: 1 });
if (Math.abs(other.predict([0.5])[0]!) > 10) throw new Error("newton-nn/url");
`,
  );
  const require = createRequire(import.meta.url);
  const tsc = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
  const options = ["--strict", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom"];
  run(process.execPath, [tsc, ...options, "use.ts"]);
  console.log(run(process.execPath, ["use.js"]).trim());

  // A consumer with neither the DOM's library nor Node's types, who has declarations checked as
  // well.
  writeFileSync(
    join(folder, "bare.ts"),
    `import { createEngine, init, Model, Network, train, type WorkerNetwork } from "newton-nn";
import { limitNtk, nntk } from "newton-nn/theory";
import { sweep, trainSharded } from "newton-nn/sweep";
import * as fetched from "newton-nn/url";
const engine = await createEngine({ variant: "simd" });
const network: Network = await Network.create({ width: 20, engine });
const remote: WorkerNetwork = await Network.create({ width: 20, worker: true });
declare const worker: boolean;
const either: Network | WorkerNetwork = await Network.create({ width: 20, worker });
// @ts-expect-error what lives in a worker is no Network
const wrong: Network = await Network.create({ width: 20, worker });
const pages: number = engine.core.memory.buffer.byteLength;
export { either, fetched, init, limitNtk, Model, network, nntk, pages, remote, sweep, train, trainSharded, wrong };
`,
  );
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        target: "es2022",
        module: "nodenext",
        lib: ["es2022"],
        types: [],
        strict: true,
        skipLibCheck: false,
        noEmit: true,
      },
      files: ["bare.ts"],
    }),
  );
  run(process.execPath, [tsc, "-p", "."]);
  console.log("types: complete without those of the DOM and of Node");

  writeFileSync(
    join(folder, "data.csv"),
    `a,y\n${Array.from({ length: 30 }, (_, i) => `${i},${Math.sin(i / 5)}`).join("\n")}\n`,
  );
  const command = join(folder, "node_modules/.bin/newton-nn");
  run(command, ["train", "data.csv", "--target", "y", "--width", "20", "--out", "m.json"]);
  const predicted = run(command, ["predict", "m.json", "data.csv"]).trim().split("\n");
  assert.ok(predicted.length >= 30, "one prediction a row");
  writeFileSync(
    join(folder, "plan.yaml"),
    "settings: { maxSteps: 2 }\ngrid: { width: [2, 3], seed: [1] }\n",
  );
  const report = JSON.parse(run(command, ["sweep", "plan.yaml", "--json"]));
  assert.equal(report.done, 2, "the command runs sweeps");
  console.log(`command: ${predicted.length} lines of predictions, ${report.done} cells`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
