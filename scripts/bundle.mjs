/**
 * The package in chunks: what the main entry loads is one file, so that importing it does not mean
 * to find and link a hundred; what the theory adds is another; the command and newton-nn/sweep have
 * theirs, together with the libraries they use. All entries share these files: one binary and one
 * class of every error.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { builds } from "./core.mjs";
import { checkLibraries, LIBRARIES, libraryOf, packageOf } from "./libraries.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = join(root, "bindings");
const dist = join(root, "dist");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Of the command, and of newton-nn/sweep beside the entries that load no library. */
const COMMAND = { "cli/main": join(sources, "lab/cli/main.ts") };
const WITH_LIBRARIES = "sweep";

/** Folders of the chunks: of this package, of its libraries, and of the parts of the core. */
const CHUNKS = "chunks";
const LIBRARY_CHUNKS = "libraries";
/** Where bindings/engine/load.ts is, which finds the binaries beside itself. */
const ENGINE = "engine";
const PARTS = ["network", "theory", "pde"];

/** Texts of a module of their own, which stay the files that tsc makes. */
const texts = [...builds, "worker"].map((name) => join(sources, `${ENGINE}/generated/${name}.ts`));

const options = {
  cwd: root,
  platform: "node",
  // node_modules may be a link; its paths stand in the source maps.
  resolve: {
    extensionAlias: { ".js": [".ts", ".js"] },
    symlinks: false,
    // What proper-lockfile loads at once; it would catch every signal of the host.
    alias: { "signal-exit": join(root, "scripts/on-exit.cjs") },
  },
  // How long a plugin takes is the machine's.
  checks: { pluginTimings: false },
  onLog(level, { message }) {
    if (level === "warn") throw new Error(message);
  },
};

/** The file in dist/ that tsc makes of a source. */
function builtFile(source) {
  return relative(sources, source).replace(/\.ts$/, ".js");
}

/** Sources of the entries by their names, from the exports of package.json. */
function entries() {
  const paths = Object.values(manifest.exports)
    .map((target) => target.default)
    .filter((path) => path?.endsWith(".js"))
    .flatMap((path) => matching(path.replace("./dist/", "").replace(/\.js$/, ".ts")));
  return Object.fromEntries(paths.map((path) => [path.replace(/\.ts$/, ""), join(sources, path)]));
}

/** Files of bindings/ behind a pattern whose one star stands for a name. */
function matching(pattern) {
  if (!pattern.includes("*")) return [pattern];
  const [folder, ending] = pattern.split("*");
  const names = readdirSync(join(sources, folder)).filter((name) => name.endsWith(ending));
  return names.map((name) => `${folder}${name}`);
}

/** The sources that these entries load, at once or later, and their own. */
async function modulesBehind(input) {
  const modules = new Set();
  const collect = {
    name: "collect",
    buildEnd() {
      for (const id of this.getModuleIds()) if (id.startsWith(sources)) modules.add(id);
    },
  };
  const bundle = await rolldown({ ...options, input, plugins: [keepTexts, collect] });
  await bundle.generate();
  await bundle.close();
  return modules;
}

/**
 * Writes the bundle into dist/ and returns its files and the folders of the packages in it.
 * @throws when it holds or needs other packages than those of libraries.mjs and the peers
 */
export async function bundle() {
  const peers = Object.keys(manifest.peerDependencies);
  const { [WITH_LIBRARIES]: sweep, ...plain } = entries();
  const network = await modulesBehind([plain.index]);
  const { pde, ...others } = plain;
  const theory = await modulesBehind(Object.values(others));
  const equations = await modulesBehind([pde]);
  // What an entry does when it is imported is done by its own file alone.
  for (const entry of Object.values(plain))
    for (const part of [theory, equations]) part.delete(entry);
  const [first, second, third] = PARTS;
  const made = await rolldown({
    ...options,
    input: { ...plain, [WITH_LIBRARIES]: sweep, ...COMMAND },
    external: (id) => peers.includes(id),
    plugins: [keepTexts, followAddresses],
  });
  const { output } = await made.generate({
    format: "esm",
    sourcemap: true,
    // What they say is in the sources, and the notices of the libraries are beside the bundle; but
    // the bundlers of applications are told which imports they are to leave alone.
    comments: { legal: false, jsdoc: false, annotation: true },
    minifyInternalExports: false,
    entryFileNames: "[name].js",
    chunkFileNames: ({ name }) => `${folderOf(name)}/[name].js`,
    codeSplitting: {
      groups: [
        { test: /node_modules/, name: libraryOf, debugName: "library", priority: 3 },
        { test: (id) => network.has(id), name: first, priority: 2 },
        { test: (id) => theory.has(id), name: second, priority: 1 },
        { test: (id) => equations.has(id), name: third, priority: 0 },
      ],
    },
  });
  await made.close();
  const chunks = output.filter(({ type }) => type === "chunk");
  const kept = texts.map(builtFile);
  const files = [...chunks.map(({ fileName }) => fileName), ...kept];
  const known = new Set([...files, ...peers]);
  for (const { fileName, imports, dynamicImports } of chunks) {
    const foreign = [...imports, ...dynamicImports].filter(
      (id) => !known.has(id) && !isBuiltin(id),
    );
    if (foreign.length > 0) throw new Error(`${fileName} imports ${foreign.join(", ")}`);
  }
  for (const { fileName, code, map } of chunks) {
    const path = join(dist, fileName);
    mkdirSync(dirname(path), { recursive: true });
    // Source maps are for the sources of this package: libraries can be had where they come from.
    const own = map?.sources.some((source) => /^(\.\.\/)+bindings\//.test(source));
    writeFileSync(path, own ? code : code.replace(/\n\/\/# sourceMappingURL=.*$/, "\n"));
    if (own) writeFileSync(`${path}.map`, JSON.stringify(map));
  }
  const packages = new Set(
    chunks
      .flatMap(({ modules }) => Object.entries(modules))
      .filter(([id, { renderedLength }]) => id.includes("node_modules") && renderedLength > 0)
      .map(([id]) => packageOf(id)),
  );
  checkLibraries(packages);
  return { files, packages };
}

function folderOf(name) {
  if (PARTS.includes(name)) return ENGINE;
  return name in LIBRARIES ? LIBRARY_CHUNKS : CHUNKS;
}

const keepTexts = {
  name: "keep-texts",
  async resolveId(specifier, importer) {
    if (importer === undefined || !specifier.startsWith(".")) return null;
    const found = await this.resolve(specifier, importer, { skipSelf: true });
    if (!texts.includes(found?.id)) return null;
    // dist/ has the folders of bindings/, so that a path from one source to another leads there
    // too.
    return { id: found.id.replace(/\.ts$/, ".js"), external: "relative" };
  },
};

/**
 * Scripts that are started by their address, `new URL("./script.js", import.meta.url)`, become
 * chunks.
 */
const followAddresses = {
  name: "follow-addresses",
  transform: {
    filter: { id: /\.ts$/, code: /new URL\("[^"]+\.js", import\.meta\.url\)/ },
    handler(code, id, { magicString }) {
      for (const match of code.matchAll(/new URL\("([^"]+)\.js", import\.meta\.url\)/g)) {
        const [whole, path] = match;
        const reference = this.emitFile({
          type: "chunk",
          id: join(dirname(id), `${path}.ts`),
          fileName: `${CHUNKS}/${path.split("/").at(-1)}.js`,
        });
        const address = `new URL(import.meta.ROLLUP_FILE_URL_${reference})`;
        magicString.overwrite(match.index, match.index + whole.length, address);
      }
      return { code: magicString };
    },
  },
};
