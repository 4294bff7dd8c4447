/**
 * What bindings/ know of the core, from the compiler's own output: the declarations of its exports,
 * what adapts their values, the numbers of its enumerations, its table of losses, and one text that
 * stands for all of them: sides with different ones do not understand each other.
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runPackage } from "./run-package.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const built = (name) => readFileSync(join(root, "build", name));
const write = (name, text) => {
  writeFileSync(join(root, "bindings/engine/generated", name), text);
};

/** The modules beside the core, in the order of their static data. */
const PARTS = ["theory", "pde"];

/** What tsc does not compile: scripts/dist.mjs copies it. */
export const taken = ["core", ...PARTS].flatMap((name) => [`${name}.js`, `${name}.d.ts`]);

/** All variants export the same. */
function writeExports(build, name) {
  // By names that need neither the library of the DOM nor the types of Node.
  const declarations = built(`${build}.d.ts`)
    .toString()
    .replace(/WebAssembly\.(Memory|Module)/g, "Wasm$1");
  const types = 'import type { WasmMemory, WasmModule } from "../../support/platform.js";\n';
  write(`${name}.d.ts`, types + declarations);
  write(`${name}.js`, built(`${build}.js`));
}

/** Exports of an enumeration are globals `Name.MEMBER`. */
function writeEnumerations() {
  const options = ["--config", "asconfig.json", "--target", "enumerations"];
  runPackage("assemblyscript", "asc", "assembly/enumerations.ts", ...options);
  const { exports } = instance("enumerations", { env: { abort() {} } });
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
  writeLosses(exports, enumerations.LossKind);
}

/** What the core's table says of its losses, by the names of the package. */
function writeLosses({ lossTraits, memory }, kinds) {
  const losses = Object.entries(kinds).map(([name, code]) => [
    name.toLowerCase().replaceAll("_", "-"),
    { code, parameters: {}, ...JSON.parse(textAt(memory, lossTraits(code))) },
  ]);
  const table = JSON.stringify(Object.fromEntries(losses), null, 2);
  const title = "/** The table of assembly/losses/loss.ts. Made by scripts/abi.mjs. */\n";
  write("losses.ts", `${title}export const LOSS_TRAITS = ${table} as const;\n`);
}

/** A string of AssemblyScript: UTF-16, its bytes counted in the four before it. */
function textAt(memory, pointer) {
  const bytes = new DataView(memory.buffer).getUint32(pointer - 4, true);
  return Buffer.from(memory.buffer, pointer, bytes).toString("utf16le");
}

/** The same for all builds of the same declarations. */
function writeVersion() {
  const hash = createHash("sha256");
  for (const name of [...taken, "enumerations.ts", "losses.ts"].sort()) {
    hash.update(readFileSync(join(root, "bindings/engine/generated", name)));
  }
  const title = "/** Of the declarations of the core. Made by scripts/abi.mjs. */\n";
  write("abi.ts", `${title}export const ABI: string = "${hash.digest("hex").slice(0, 16)}";\n`);
}

function instance(build, imports) {
  return new WebAssembly.Instance(new WebAssembly.Module(built(`${build}.wasm`)), imports);
}

/** The static data of modules over one memory must not meet, nor reach what is allocated. */
function checkStaticData() {
  const { targets } = JSON.parse(readFileSync(join(root, "asconfig.json"), "utf8"));
  const { memory, coreEnd, heapBase } = instance("simd").exports;
  const places = [["the core ends", coreEnd()]];
  for (const part of PARTS) {
    const { exports } = instance(`simd-${part}`, { env: { memory } });
    places.push([`${part} starts`, targets[`simd-${part}`].memoryBase]);
    places.push([`${part} ends`, exports[`${part}End`]()]);
  }
  places.push(["the heap starts", heapBase()]);
  if (places.every(([, at], index) => index === 0 || places[index - 1][1] <= at)) return;
  const found = places.map(([what, at]) => `${what} at ${at}`).join(", ");
  throw new Error(
    `static data: ${found}; move memoryBase (asconfig.json) or STATIC_END (assembly/index.ts)`,
  );
}

/** Needs the builds of `simd` without threads. */
export function writeAbi() {
  checkStaticData();
  writeExports("simd", "core");
  for (const part of PARTS) writeExports(`simd-${part}`, part);
  writeEnumerations();
  writeVersion();
}
