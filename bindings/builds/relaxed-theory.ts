/**
 * Carries what `newton-nn/theory` adds to the "relaxed" build of the core in an application that is
 * bundled: `import "newton-nn/builds/relaxed-theory"`.
 *
 * @module newton-nn/builds/relaxed-theory
 */
import { binary } from "../engine/generated/relaxed-theory.js";
import { carryBuild } from "../engine/load.js";

carryBuild("relaxed-theory", binary);
