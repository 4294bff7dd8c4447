import { decodeBase64 } from "../base64.js";
import { ResourceError } from "../errors.js";
import type { Variant } from "../types.js";
import type { CoreExports } from "./core.js";

/**
 * Each variant is compiled once and instantiated once an engine. The binaries are inline (base64 in a module of their
 * own), which is the one form that loads unconfigured in Node, Deno, Bun and every bundler; the one that is not asked for
 * is not loaded.
 */
const compiled = new Map<Variant, Promise<WebAssembly.Module>>();

export async function instantiateCore(variant: Variant): Promise<CoreExports> {
  let module = compiled.get(variant);
  if (module === undefined) {
    module = compileCore(variant);
    compiled.set(variant, module);
    // A failure is not cached: the next call may find, say, a relaxed content security policy.
    module.catch(() => compiled.delete(variant));
  }
  const instance = await WebAssembly.instantiate(await module, {});
  return instance.exports as unknown as CoreExports;
}

async function compileCore(variant: Variant): Promise<WebAssembly.Module> {
  if (typeof WebAssembly === "undefined") {
    throw new ResourceError("unsupported-engine", "this JavaScript engine has no WebAssembly");
  }
  const { binary } = await (variant === "simd"
    ? import("./generated/simd.js")
    : import("./generated/relaxed.js"));
  try {
    return await WebAssembly.compile(decodeBase64(binary));
  } catch (cause) {
    const feature = variant === "simd" ? "WebAssembly SIMD" : "WebAssembly relaxed SIMD";
    throw new ResourceError(
      "unsupported-engine",
      `the "${variant}" variant cannot be compiled here; it needs ${feature} and a content security policy that allows 'wasm-unsafe-eval' (${String(cause)})`,
      { argument: "variant", expected: feature, cause },
    );
  }
}
