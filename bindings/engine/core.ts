import type { instantiate } from "./generated/core.js";

/**
 * The exports of the core (assembly/index.ts), where each is documented: the compiler's own
 * declarations. Pointers and sizes are plain numbers.
 */
export type CoreExports = Readonly<Awaited<ReturnType<typeof instantiate>>>;
