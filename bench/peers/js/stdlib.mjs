import { readFileSync } from "node:fs";
import lapack from "@stdlib/lapack-base";

const manifest = new URL("node_modules/@stdlib/lapack-base/package.json", import.meta.url);
export const version = `@stdlib/lapack-base ${JSON.parse(readFileSync(manifest)).version}`;

/** Of LAPACK's factorizations the package has those of tridiagonal matrices. */
export async function solve() {
  if (lapack.dpotrf === undefined) throw new Error("has no Cholesky factorization");
  throw new Error("has one now: to be added here");
}
