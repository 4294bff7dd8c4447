/**
 * Carries the "relaxed" build of the core in an application that is bundled: `import
 * "newton-nn/builds/relaxed"`.
 *
 * @module newton-nn/builds/relaxed
 */
import { binary } from "../engine/generated/relaxed.js";
import { carryBuild } from "../engine/load.js";

carryBuild("relaxed", binary);
