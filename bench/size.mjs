/**
 * What the bytes of an application are: node bench/size.mjs (after npm run build)
 *
 * First the applications, bundled by esbuild and compressed by gzip; then what the one with
 * `Network` and `train` is made of, before compression: the rooms of bindings/ and of assembly/.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateRawSync, gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import { runPackage } from "../scripts/run-package.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const NETWORK = ["index", "Network, train"];
const APPLICATIONS = [NETWORK, ["index", "Network, train, Model"], ["pde", "solve"]];

const kB = (bytes) => (bytes / 1000).toFixed(1);

function row(...cells) {
  console.log(`| ${cells.join(" | ")} |`);
}

function head(...cells) {
  console.log();
  row(...cells);
  row(...cells.map(() => "---"));
}

async function bundle(folder, entry, names) {
  const source = `import { ${names} } from "./${entry}"; globalThis.use = [${names}];`;
  return esbuild.build({
    stdin: { contents: source, resolveDir: join(root, folder) },
    bundle: true,
    format: "esm",
    splitting: true,
    minify: true,
    outdir: join(root, "build"),
    write: false,
    metafile: true,
    logLevel: "error",
  });
}

/** Workers and the theory are loaded when they are asked for. */
async function showApplications() {
  head("application", "JavaScript", "core", "equations", "all, gzip, kB");
  for (const [entry, names] of APPLICATIONS) {
    const { outputFiles } = await bundle("dist", `${entry}.js`, names);
    const size = (wanted) =>
      outputFiles
        .filter(({ path }) => wanted.test(basename(path)))
        .reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0);
    const sizes = [size(/^(stdin|chunk)/), size(/^simd-[^-]*$/), size(/^simd-pde/)];
    row(names, ...[...sizes, sizes.reduce((a, b) => a + b)].map(kB));
  }
}

function byRoom(parts) {
  const rooms = new Map();
  for (const [room, bytes] of parts) rooms.set(room, (rooms.get(room) ?? 0) + bytes);
  return [...rooms].sort(([, a], [, b]) => b - a).filter(([, bytes]) => bytes >= 100);
}

async function showJavaScript() {
  const { metafile } = await bundle("bindings", `${NETWORK[0]}.ts`, NETWORK[1]);
  const inputs = Object.values(metafile.outputs)
    .filter(({ entryPoint }) => entryPoint === undefined || entryPoint.includes("stdin"))
    .flatMap((output) => Object.entries(output.inputs))
    .map(([path, { bytesInOutput }]) => [relative("bindings", dirname(path)), bytesInOutput]);
  head("room of bindings/", "minified, kB");
  for (const [room, bytes] of byRoom(inputs)) row(room, kB(bytes));
}

/** Numbers and texts of a binary of WebAssembly, in its order. */
class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 8;
  }
  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }
  take(length) {
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
  text() {
    return this.take(this.number()).toString();
  }
}

const SECTIONS = { 7: "names of exports", 10: "code", 11: "tables" };

/** Of a binary without imported functions: its sections, and its functions by their names. */
function read(bytes) {
  const reader = new Reader(bytes);
  const sections = new Map();
  const lengths = [];
  const names = [];
  while (reader.at < bytes.length) {
    const section = reader.number();
    const length = reader.number();
    const end = reader.at + length;
    sections.set(section, bytes.subarray(reader.at, end));
    if (section === 10) {
      for (let count = reader.number(); count > 0; count--) {
        lengths.push(reader.take(reader.number()).length);
      }
    } else if (section === 0 && reader.text() === "name") {
      while (reader.at < end) {
        const [kind, size] = [reader.number(), reader.number()];
        const next = reader.at + size;
        if (kind === 1) {
          for (let count = reader.number(); count > 0; count--) {
            names[reader.number()] = reader.text();
          }
        }
        reader.at = next;
      }
    }
    reader.at = end;
  }
  return { sections, functions: lengths.map((length, index) => [names[index] ?? "", length]) };
}

function showCore() {
  const folder = mkdtempSync(join(tmpdir(), "newton-nn-size-"));
  try {
    const file = join(folder, "named.wasm");
    const options = ["--config", "asconfig.json", "--target", "simd", "--bindings", "none"];
    runPackage("assemblyscript", "asc", "assembly/index.ts", ...options, "--debug", "-o", file);
    runPackage(
      "binaryen",
      "wasm-opt",
      file,
      "--all-features",
      "-O3",
      "--converge",
      "-g",
      "-o",
      file,
    );
    const { functions } = read(readFileSync(file));
    head("section of the core", "kB", "deflated, kB");
    const { sections } = read(readFileSync(join(root, "build/simd.wasm")));
    for (const [section, title] of Object.entries(SECTIONS)) {
      const bytes = sections.get(Number(section));
      row(title, kB(bytes.length), kB(deflateRawSync(bytes, { level: 9 }).length));
    }
    head("room of assembly/", "code, kB");
    const parts = functions.map(([name, bytes]) => {
      const [first, room] = name.split("/");
      return [first === "assembly" ? room : "AssemblyScript's Math", bytes];
    });
    for (const [room, bytes] of byRoom(parts)) row(room, kB(bytes));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await showApplications();
await showJavaScript();
showCore();
