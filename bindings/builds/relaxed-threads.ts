/**
 * Carries the "relaxed-threads" build of the core in an application that is bundled: `import
 * "newton-nn/builds/relaxed-threads"`.
 *
 * @module newton-nn/builds/relaxed-threads
 */
import { binary } from "../engine/generated/relaxed-threads.js";
import { carryBuild } from "../engine/load.js";

carryBuild("relaxed-threads", binary);
