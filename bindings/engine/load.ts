import { decodeBase64 } from "../support/base64.js";
import { ResourceError } from "../support/errors.js";
import type { WasmMemory, WasmModule } from "../support/platform.js";
import type { CoreExports } from "./core.js";
import { instantiate } from "./generated/core.js";

/**
 * Which build of the core runs: `simd` gives the same bits everywhere, `relaxed` uses fused
 * multiply-add.
 */
export type Variant = "simd" | "relaxed";

/**
 * The builds of the one source: a variant, over a memory of its own or one that threads share; and
 * the parts that are beside the former.
 */
export type Build = Variant | `${Variant}-threads` | `${Variant}-${Part}`;

/** What is a module of its own over the memory of a core, loaded when asked for (parts.ts). */
export type Part = "theory" | "pde";

interface Carrier {
  readonly binary: string;
}

/**
 * Where the inline binaries are. An application is bundled with the first alone: the others are
 * named in a way that no bundler follows, so that they are found beside this module or are carried
 * by `newton-nn/builds/...`.
 */
const BINARIES: Readonly<Record<Build, () => Promise<Carrier>>> = {
  simd: () => import("./generated/simd.js"),
  relaxed: () => besideThis("relaxed"),
  "simd-threads": () => besideThis("simd-threads"),
  "relaxed-threads": () => besideThis("relaxed-threads"),
  "simd-theory": () => besideThis("simd-theory"),
  "relaxed-theory": () => besideThis("relaxed-theory"),
  "simd-pde": () => besideThis("simd-pde"),
  "relaxed-pde": () => besideThis("relaxed-pde"),
};

/** Of V8 11.3, which compiles the instructions but has them off. */
const RELAXED_FLAG = "--experimental-wasm-relaxed-simd";

/** Builds there are, inline and in dist/wasm. */
export const buildNames = Object.keys(BINARIES) as readonly Build[];

async function besideThis(build: Build): Promise<Carrier> {
  const binary = carried.get(build);
  if (binary !== undefined) return { binary };
  const path = ["./generated", `${build}.js`].join("/");
  try {
    return await import(/* webpackIgnore: true */ /* @vite-ignore */ path);
  } catch (cause) {
    const needed = `import "newton-nn/builds/${build}"`;
    throw new ResourceError(
      "load-failed",
      `the "${build}" build is not part of this application, which carries "simd" alone; add ${needed} to it`,
      { argument: "options.variant", expected: needed, got: "no such import", cause },
    );
  }
}

/** Binaries that the application has been bundled with. */
const carried = new Map<Build, string>();

export function carryBuild(build: Build, binary: string): void {
  carried.set(build, binary);
}

/**
 * Each build is compiled once and instantiated once an engine. The binaries are inline (deflated,
 * as base64 in a module of their own), which is the one form that loads unconfigured in Node, Deno,
 * Bun and every bundler; those that are not asked for are not loaded.
 */
const compiled = new Map<Build, Promise<WasmModule>>();

/**
 * `carrier` is where the inline binary is.
 *
 * @throws ResourceError `unsupported-engine`
 */
export function compileCore(build: Build, carrier = BINARIES[build]): Promise<WasmModule> {
  let module = compiled.get(build);
  if (module === undefined) {
    module = compile(build, carrier);
    compiled.set(build, module);
    // A failure is not cached: the next call may find, say, a relaxed content security policy.
    module.catch(() => compiled.delete(build));
  }
  return module;
}

/** Where builds come from when they are not the inline ones (newton-nn/url). */
let elsewhere: Readonly<Record<Build, () => Promise<WasmModule>>> | undefined;

export function loadFrom(loaders: Readonly<Record<Build, () => Promise<WasmModule>>>): void {
  elsewhere = loaders;
}

/** Some of the exports that each build of this release has. */
const CORE_EXPORTS = ["heapBase", "coreEnd", "problemSet", "functionSpaceMatrix"];
const PART_EXPORTS: Readonly<Record<Part, readonly string[]>> = {
  theory: ["theoryEnd", "limitExpectations"],
  pde: ["pdeEnd", "featuresSet", "geqrf"],
};

/** Whether a module has the exports of this build. */
export function isBuild(module: WasmModule, build: Build): boolean {
  const names = new Set(WebAssembly.Module.exports(module).map(({ name }) => name));
  const [, rest] = build.split("-");
  const part = PART_EXPORTS[rest as Part];
  const all = rest === undefined ? [] : Object.values(PART_EXPORTS).flat();
  return (part ?? [...CORE_EXPORTS, ...all]).every((name) => names.has(name));
}

/** Takes a build that was compiled elsewhere: a worker is given the modules of the page. */
export function provideCore(build: Build, module: WasmModule): void {
  compiled.set(build, Promise.resolve(module));
}

/** `memory` is for the builds with threads; the others export their own. */
export async function instantiateCore(
  module: WasmModule,
  memory?: WasmMemory,
): Promise<CoreExports> {
  const adapted = await instantiate(module, memory === undefined ? {} : { env: { memory } });
  // What needs no adapting is inherited.
  return { ...Object.getPrototypeOf(adapted), ...adapted };
}

/** Undoes what scripts/build.mjs does to a binary. */
function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(plain).arrayBuffer();
}

async function compile(build: Build, carrier: () => Promise<Carrier>): Promise<WasmModule> {
  if (typeof WebAssembly === "undefined") {
    throw new ResourceError("unsupported-engine", "this JavaScript engine has no WebAssembly");
  }
  try {
    if (elsewhere !== undefined) return await elsewhere[build]();
    const { binary } = await carrier();
    return await WebAssembly.compile(await inflate(decodeBase64(binary)));
  } catch (cause) {
    if (cause instanceof ResourceError) throw cause;
    const simd = build.startsWith("simd");
    const feature = simd ? "WebAssembly SIMD" : "WebAssembly relaxed SIMD";
    const where = simd ? "" : ` (Node 22 or newer, or Node 20 with ${RELAXED_FLAG})`;
    throw new ResourceError(
      "unsupported-engine",
      `the "${build}" build cannot be compiled here; it needs ${feature}${where} and a content security policy that allows 'wasm-unsafe-eval' (${String(cause)})`,
      { argument: "options.variant", expected: feature, cause },
    );
  }
}
