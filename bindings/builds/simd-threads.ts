/**
 * Carries the "simd-threads" build of the core in an application that is bundled: `import
 * "newton-nn/builds/simd-threads"`.
 *
 * @module newton-nn/builds/simd-threads
 */
import { binary } from "../engine/generated/simd-threads.js";
import { carryBuild } from "../engine/load.js";

carryBuild("simd-threads", binary);
