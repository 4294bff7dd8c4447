/**
 * What bindings/ know of the core, from the compiler's own output: the declarations of its exports,
 * what adapts their values, and the numbers of its enumerations.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runPackage } from "./run-package.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const generated = join(root, "bindings/engine/generated");

const built = (name) => readFileSync(join(root, "build", name), "utf8");
const write = (name, text) => writeFileSync(join(generated, name), text);

/** What tsc does not compile: scripts/dist.mjs copies it. */
export const taken = ["core.js", "core.d.ts"];

/** All builds export the same; the declarations are those of `simd`. */
function writeExports() {
  // By names that need neither the library of the DOM nor the types of Node.
  const declarations = built("simd.d.ts").replace(/WebAssembly\.(Memory|Module)/g, "Wasm$1");
  const types = 'import type { WasmMemory, WasmModule } from "../../support/platform.js";\n';
  write("core.d.ts", types + declarations);
  write("core.js", built("simd.js"));
}

/** Exports of an enumeration are globals `Name.MEMBER`. */
function writeEnumerations() {
  const options = ["--config", "asconfig.base.json", "--target", "enumerations"];
  runPackage("assemblyscript", "asc", "assembly/enumerations.ts", ...options);
  const wasm = readFileSync(join(root, "build/enumerations.wasm"));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm));
  const enumerations = {};
  for (const [path, value] of Object.entries(exports)) {
    if (!(value instanceof WebAssembly.Global)) continue;
    const [name, member] = path.split(".");
    enumerations[name] = { ...enumerations[name], [member]: value.value };
  }
  const constants = Object.entries(enumerations).map(
    ([name, members]) => `export const ${name} = ${JSON.stringify(members, null, 2)} as const;\n`,
  );
  const title = "/** The enumerations of assembly/enumerations.ts. Made by scripts/abi.mjs. */\n";
  write("enumerations.ts", title + constants.join(""));
}

/** Needs the `simd` build of the core. */
export function writeAbi() {
  mkdirSync(generated, { recursive: true });
  writeExports();
  writeEnumerations();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeAbi();
