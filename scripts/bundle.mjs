/**
 * The command and newton-nn/sweep in chunks, together with the libraries they use. The modules
 * behind the other entries stay the files that tsc makes, and the chunks import them: one binary
 * and one class of every error for all entries.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { checkLibraries, LIBRARIES, libraryOf, packageOf } from "./libraries.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = join(root, "bindings");
const dist = join(root, "dist");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** What is bundled: files of dist/ without their ending, and their sources. */
const ENTRIES = {
  "cli/main": join(sources, "lab/cli/main.ts"),
  sweep: join(sources, "sweep.ts"),
};
const CHUNKS = "chunks";
const LIBRARY_CHUNKS = "libraries";

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
export function builtFile(source) {
  return relative(sources, source).replace(/\.ts$/, ".js");
}

/** Sources of the entries that are not bundled, by the exports of package.json. */
function plainEntries() {
  const bundled = Object.keys(ENTRIES).map((name) => `./dist/${name}.js`);
  return Object.values(manifest.exports)
    .map((target) => target.default)
    .filter((path) => path?.endsWith(".js") && !bundled.includes(path))
    .flatMap((path) => matching(path.replace("./dist/", "").replace(/\.js$/, ".ts")))
    .map((path) => join(sources, path));
}

/** Files of bindings/ behind a pattern whose one star stands for a name. */
function matching(pattern) {
  if (!pattern.includes("*")) return [pattern];
  const [folder, ending] = pattern.split("*");
  const names = readdirSync(join(sources, folder)).filter((name) => name.endsWith(ending));
  return names.map((name) => `${folder}${name}`);
}

/** The sources that the plain entries load, at once or later. */
export async function plainModules() {
  const modules = new Set();
  const collect = {
    name: "collect",
    buildEnd() {
      for (const id of this.getModuleIds()) if (id.startsWith(sources)) modules.add(id);
    },
  };
  const bundle = await rolldown({ ...options, input: plainEntries(), plugins: [collect] });
  await bundle.generate();
  await bundle.close();
  return modules;
}

/**
 * Writes the bundle into dist/ and returns the folders of the packages in it.
 * @throws when it holds or needs other packages than those of libraries.mjs and the peers
 */
export async function bundleCommand(plain) {
  const peers = Object.keys(manifest.peerDependencies);
  const bundle = await rolldown({
    ...options,
    input: ENTRIES,
    external: (id) => peers.includes(id),
    plugins: [shareModules(plain), followAddresses],
  });
  const { output } = await bundle.generate({
    format: "esm",
    sourcemap: true,
    // What they say is in the sources, and the notices of the libraries are beside the bundle.
    comments: false,
    entryFileNames: "[name].js",
    chunkFileNames: ({ name }) => `${name in LIBRARIES ? LIBRARY_CHUNKS : CHUNKS}/[name].js`,
    codeSplitting: { groups: [{ test: /node_modules/, name: libraryOf, debugName: "library" }] },
  });
  await bundle.close();
  const chunks = output.filter(({ type }) => type === "chunk");
  const files = chunks.map(({ fileName }) => fileName);
  const known = new Set([...files, ...[...plain].map(builtFile), ...peers]);
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

/** Leaves the modules of the plain entries out of the bundle, which imports their files. */
function shareModules(plain) {
  return {
    name: "share-modules",
    async resolveId(specifier, importer) {
      if (importer === undefined || !specifier.startsWith(".")) return null;
      const found = await this.resolve(specifier, importer, { skipSelf: true });
      if (!plain.has(found?.id)) return null;
      // dist/ has the folders of bindings/, so that a path from one source to another leads there
      // too.
      return { id: found.id.replace(/\.ts$/, ".js"), external: "relative" };
    },
  };
}

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
