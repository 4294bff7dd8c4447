/**
 * Carries what `newton-nn/pde` adds to the "relaxed" build of the core in an application that is
 * bundled: `import "newton-nn/builds/relaxed-pde"`.
 *
 * @module newton-nn/builds/relaxed-pde
 */
import { binary } from "../engine/generated/relaxed-pde.js";
import { carryBuild } from "../engine/load.js";

carryBuild("relaxed-pde", binary);
