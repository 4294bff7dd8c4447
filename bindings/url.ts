/**
 * The same package with the core in separate files: `import { Network } from "newton-nn/url"`. Each
 * build is fetched from beside this module when it is asked for; a bundler that knows `new URL(...,
 * import.meta.url)` takes the files along.
 */

import { fetchCore } from "./engine/fetch-core.js";
import { loadFrom } from "./engine/load.js";

loadFrom({
  simd: () => fetchCore(new URL("./wasm/simd.wasm", import.meta.url)),
  relaxed: () => fetchCore(new URL("./wasm/relaxed.wasm", import.meta.url)),
  "simd-threads": () => fetchCore(new URL("./wasm/simd-threads.wasm", import.meta.url)),
  "relaxed-threads": () => fetchCore(new URL("./wasm/relaxed-threads.wasm", import.meta.url)),
  "simd-theory": () => fetchCore(new URL("./wasm/simd-theory.wasm", import.meta.url)),
  "relaxed-theory": () => fetchCore(new URL("./wasm/relaxed-theory.wasm", import.meta.url)),
  "simd-pde": () => fetchCore(new URL("./wasm/simd-pde.wasm", import.meta.url)),
  "relaxed-pde": () => fetchCore(new URL("./wasm/relaxed-pde.wasm", import.meta.url)),
});

export * from "./index.js";
