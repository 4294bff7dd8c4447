import { describe, invalid } from "../support/errors.js";
import type { URLLike, WasmModule } from "../support/platform.js";
import { checkChoice, checkOptions } from "../support/validate.js";
import { fetchCore } from "./fetch-core.js";
import { type Build, buildNames, isBuild, provideCore } from "./load.js";

export interface InitOptions {
  /** A binary of dist/wasm of this release: its address, its bytes, or the compiled module. */
  readonly wasm: string | URLLike | ArrayBuffer | ArrayBufferView | WasmModule;
  /** Which build it is; default `"simd"`. */
  readonly build?: Build;
}

/**
 * Takes a build of the core from a separate file, a CDN or a module compiled elsewhere, instead of
 * the binary that the package carries inline. Call it before anything that makes an engine.
 *
 * @throws InputError `invalid-argument`; ResourceError `load-failed` with the URL, the status and
 *   the content type
 */
export async function init(options: InitOptions): Promise<void> {
  checkOptions(options, "options", ["wasm", "build"]);
  const { build = "simd" } = options;
  checkChoice(build, "options.build", buildNames);
  const module = await moduleOf(options.wasm);
  if (!isBuild(module, build)) {
    throw invalid(
      "invalid-argument",
      "options.wasm",
      `the "${build}" build of newton-nn`,
      "another WebAssembly module",
    );
  }
  provideCore(build, module);
}

async function moduleOf(wasm: InitOptions["wasm"]): Promise<WasmModule> {
  if (wasm instanceof WebAssembly.Module) return wasm;
  if (wasm instanceof URL) return fetchCore(wasm);
  if (typeof wasm === "string") return fetchCore(resolve(wasm));
  if (wasm instanceof ArrayBuffer || ArrayBuffer.isView(wasm)) {
    try {
      return await WebAssembly.compile(wasm as BufferSource);
    } catch (cause) {
      throw invalid(
        "invalid-argument",
        "options.wasm",
        "the bytes of a WebAssembly binary",
        String(cause),
      );
    }
  }
  const expected = "a URL, the bytes of a binary or a WebAssembly.Module";
  throw invalid("invalid-argument", "options.wasm", expected, describe(wasm));
}

function resolve(address: string): URL {
  const { location } = globalThis as { location?: { href: string } };
  try {
    return new URL(address, location?.href);
  } catch {
    throw invalid("invalid-argument", "options.wasm", "a URL", describe(address));
  }
}
