/**
 * The vector functions as loops over n values from z to s, for the measurements of
 * tests/reference/vector_ulp.mjs.
 */
import { erf, erfc } from "../../../assembly/math/erf";
import { exp } from "../../../assembly/math/exp";
import { tanh } from "../../../assembly/math/tanh";
import { cos, sin } from "../../../assembly/math/trig";

export { activate, activateJet } from "../../../assembly/activations/activation";

export function heapBase(): usize {
  return __heap_base;
}

export function expLoop(n: i32, z: usize, s: usize): void {
  for (let i: usize = 0, end = <usize>n << 3; i < end; i += 16) v128.store(s + i, exp(v128.load(z + i)));
}

export function tanhLoop(n: i32, z: usize, s: usize): void {
  for (let i: usize = 0, end = <usize>n << 3; i < end; i += 16) v128.store(s + i, tanh(v128.load(z + i)));
}

export function erfLoop(n: i32, z: usize, s: usize): void {
  for (let i: usize = 0, end = <usize>n << 3; i < end; i += 16) v128.store(s + i, erf(v128.load(z + i)));
}

export function erfcLoop(n: i32, z: usize, s: usize): void {
  for (let i: usize = 0, end = <usize>n << 3; i < end; i += 16) v128.store(s + i, erfc(v128.load(z + i)));
}

export function sinLoop(n: i32, z: usize, s: usize): void {
  for (let i: usize = 0, end = <usize>n << 3; i < end; i += 16) v128.store(s + i, sin(v128.load(z + i)));
}

export function cosLoop(n: i32, z: usize, s: usize): void {
  for (let i: usize = 0, end = <usize>n << 3; i < end; i += 16) v128.store(s + i, cos(v128.load(z + i)));
}
