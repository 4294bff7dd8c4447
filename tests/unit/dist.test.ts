import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Metafile } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const dist = join(root, "dist");
const read = (path: string) => readFileSync(join(dist, path), "utf8");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  exports: Record<string, string | { types: string; default: string }>;
  bin: Record<string, string>;
  dependencies: object;
  peerDependencies: Record<string, string>;
};

const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(dist, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
  .sort();

/** Files of dist/ that a path of package.json names; a star stands for any name. */
function named(path: string): string[] {
  const [start, end] = path.replace(/^(\.\/)?dist\//, "").split("*");
  if (end === undefined) return [start!];
  return files.filter((file) => file.startsWith(start!) && file.endsWith(end));
}

const targets = Object.values(manifest.exports);
const scripts = [
  ...targets.flatMap((target) => (typeof target === "string" ? [] : [target.default])),
  ...Object.values(manifest.bin),
].flatMap(named);

type Imports = Metafile["inputs"][string]["imports"];

/** What every script that an entry leads to imports, by its path in dist/. */
const imports = new Map<string, Imports>();

/** Reads the imports of these scripts and of all behind them. */
async function follow(entries: readonly string[]): Promise<void> {
  const { metafile } = await build({
    entryPoints: entries.map((entry) => join(dist, entry)),
    absWorkingDir: dist,
    bundle: true,
    write: false,
    metafile: true,
    packages: "external",
    platform: "node",
    format: "esm",
    outdir: "unwritten",
    logLevel: "error",
  });
  for (const [path, input] of Object.entries(metafile.inputs)) {
    if (imports.has(path)) continue;
    imports.set(path, input.imports);
    for (const [, script] of read(path).matchAll(/new URL\("([^"]+\.js)", import\.meta\.url\)/g)) {
      await follow([join(dirname(path), script!).replaceAll("\\", "/")]);
    }
  }
}

/** The scripts that are loaded with this one, before anything is asked of it. */
function loadedWith(entry: string): string[] {
  const seen = new Set([entry]);
  for (const path of seen) {
    for (const { path: next, kind, external } of imports.get(path)!) {
      if (kind === "import-statement" && !external) seen.add(next);
    }
  }
  return [...seen].sort();
}

/** Declarations behind the public ones. */
function declarations(): string[] {
  const types = targets.flatMap((target) => (typeof target === "string" ? [] : [target.types]));
  const seen = new Set(types.flatMap(named));
  for (const path of seen) {
    for (const [, next] of read(path).matchAll(/(?:from |import\()"(\.[^"]+)\.js"/g)) {
      seen.add(join(dirname(path), `${next}.d.ts`).replaceAll("\\", "/"));
    }
  }
  return [...seen];
}

/** Where coverage is measured dist/ is not the package. */
const packaged = describe.skipIf(process.env.NEWTON_NN_CHILD_COVERAGE !== undefined);

packaged("the built package", () => {
  beforeAll(() => follow(scripts));

  it("holds no file that no entry leads to, and none is missing", () => {
    const code = [...imports.keys()];
    const maps = files.filter((file) => file.endsWith(".map") && code.includes(file.slice(0, -4)));
    const binaries = targets.flatMap((target) => (typeof target === "string" ? named(target) : []));
    const reached = [
      ...code,
      ...maps,
      ...declarations(),
      ...binaries.filter((file) => file.endsWith(".wasm")),
      "THIRD-PARTY-LICENSES.txt",
    ];
    expect(files).toEqual([...new Set(reached)].sort());
  });

  it("installs no other package and imports none but its optional peers", () => {
    expect(manifest.dependencies).toEqual({});
    const packages = [...imports.values()]
      .flat()
      .filter(({ external, path }) => external && !isBuiltin(path))
      .map(({ path }) => path);
    const peers = Object.keys(manifest.peerDependencies);
    // Where it is imported the driver of a queue is named by a variable.
    expect([...new Set(packages)].sort()).toEqual(
      peers.filter((name) => name !== "ioredis" && name !== "pg").sort(),
    );
  });

  it("has declarations that need no other package", () => {
    for (const path of declarations()) {
      // Not in the examples of comments.
      const code = read(path).replaceAll(/\/\*.*?\*\//gs, "");
      const foreign = [...code.matchAll(/(?:from |import\()"([^."][^"]*)"/g)];
      expect(foreign.map(([, name]) => `${name} in ${path}`)).toEqual([]);
    }
  });

  it("has a source map with the sources of every chunk that has code of its own", () => {
    const bundled = files.filter((file) =>
      /^(?:(?:chunks|cli)\/.*|sweep|engine\/\w+)\.js$/.test(file),
    );
    const mapped = bundled.filter((file) => read(file).includes("//# sourceMappingURL="));
    const chief = ["cli/main.js", "engine/network.js", "engine/theory.js", "sweep.js"];
    expect(mapped).toEqual(expect.arrayContaining(chief));
    for (const file of bundled) {
      if (mapped.includes(file)) {
        const { sources, sourcesContent } = JSON.parse(read(`${file}.map`));
        for (const [i, source] of sources.entries()) {
          const path = join(dist, dirname(file), source);
          expect(sourcesContent[i]).toBe(readFileSync(path, "utf8"));
        }
      } else {
        // Names passed on, and the helpers of the bundler.
        expect(read(file)).not.toContain("// bindings/");
      }
    }
  });
});

packaged("the entries", () => {
  beforeAll(() => follow(scripts));

  it.each([
    ["index.js", ["engine/network.js", "index.js"]],
    ["theory.js", ["engine/network.js", "engine/theory.js", "theory.js"]],
    ["url.js", ["engine/network.js", "url.js"]],
    [
      "builds/relaxed.js",
      ["builds/relaxed.js", "engine/generated/relaxed.js", "engine/network.js"],
    ],
  ])("%s is in few files, which take no time to be found and linked", (entry, loaded) => {
    expect(loadedWith(entry)).toEqual(loaded);
  });
});

packaged("the bundled libraries", () => {
  beforeAll(() => follow(scripts));

  it("are those of docs/licenses.md, in these versions, with their licences", () => {
    const notices = read("THIRD-PARTY-LICENSES.txt").split(/^-{80}$/m);
    const found = notices.slice(1).map((notice) => /^\S+ \d\S*$/m.exec(notice)![0]);
    const [, section] = readFileSync(join(root, "docs/licenses.md"), "utf8").split(/^## /m);
    const listed = [...section!.matchAll(/^\| (\S+) \| (\d\S*) \|/gm)];
    expect(found).toEqual(listed.map(([, name, version]) => `${name} ${version}`));
    for (const notice of notices.slice(1)) expect(notice).toMatch(/copyright|blue oak/i);
  });

  it("are no part of what the other entries load, and their chunks have no binary", () => {
    for (const entry of scripts.filter((path) => path !== "sweep.js" && path !== "cli/main.js")) {
      // Equations are parsed in a page as well.
      const own = entry === "pde.js" ? ["libraries/jsep.js"] : [];
      expect(loadedWith(entry).filter((path) => /^(?:chunks|libraries)\//.test(path))).toEqual(own);
    }
    for (const path of imports.keys()) {
      if (/^(?:chunks|libraries)\//.test(path))
        expect(read(path)).not.toMatch(/AGFzbQ|"7[A-Za-z0-9+/]{5000}/);
    }
  });

  it("are loaded when they are needed: train and predict start with four of them", () => {
    const loaded = loadedWith("cli/main.js").filter((path) => path.startsWith("libraries/"));
    expect(loaded).toEqual([
      "libraries/cli-progress.js",
      "libraries/commander.js",
      "libraries/csv-parse.js",
      "libraries/csv-stringify.js",
    ]);
  });
});

describe("newton-nn and newton-nn/sweep", () => {
  it("leave the signals of their host alone", () => {
    const script = `
      const { emit, reallyExit } = process;
      await import(${JSON.stringify(pathToFileURL(join(dist, "sweep.js")))});
      const signals = process.eventNames().filter((name) => String(name).startsWith("SIG"));
      const same = process.emit === emit && process.reallyExit === reallyExit;
      console.log(JSON.stringify({ signals, same }));
    `;
    const printed = execFileSync(process.execPath, ["--input-type=module", "-e", script]);
    expect(JSON.parse(printed.toString())).toEqual({ signals: [], same: true });
  });

  it("share their classes", async () => {
    const { InputError, Network } = await import(`${dist}/index.js`);
    const { parsePlan, trainSharded } = await import(`${dist}/sweep.js`);
    expect(() => parsePlan("grid: [", "plan.yaml")).toThrow(InputError);
    const network = await Network.create({ width: 2 });
    const refusal = await trainSharded(network, { files: [] }).catch((reason: unknown) => reason);
    expect(refusal).toBeInstanceOf(InputError);
    expect(refusal.argument).toMatch(/^data/);
    network.dispose();
  });
});
