import { f64Address, f64At, isAligned, setF64 } from "../memory";
import { differentiateFunction } from "./functions";
import {
  Operation,
  TAPE_BLOCK,
  Tape,
  argumentOf,
  constantOf,
  dependencies,
  functionRow,
  operationOf,
  registerOf,
} from "./tape";

/** Bytes of one row of a register. */
const ROW: usize = (<usize>TAPE_BLOCK) << 3;

/**
 * The residual of an equation at m points, with its partial derivatives.
 *
 *   x, data     rows of ldx values: the coordinates, and the data columns of the equation
 *   features    q rows
 *   parameters  e values
 *   order       of the derivatives: 0, 1 or 2
 *   value       one row; first: q + e rows; second: packed lower triangle of rows. All are zero
 *               from m on.
 *   work        tapeWork(tape)
 */
export function tapeEvaluate(
  tape: usize,
  m: i32,
  ldx: i32,
  x: usize,
  data: usize,
  features: usize,
  parameters: usize,
  order: i32,
  value: usize,
  first: usize,
  second: usize,
  work: usize,
): void {
  assert(m > 0 && ldx >= m && (ldx & 1) == 0 && isAligned(value | work, 16), "whole rows");
  const t = changetype<Tape>(tape);
  const variables = t.q + t.e;
  for (let start = 0; start < m; start += TAPE_BLOCK) {
    const count = min(TAPE_BLOCK, ldx - start);
    for (let index = 0; index < t.instructions; index++) {
      const operation = operationOf(t, index);
      const out = registerOf(t, work, index);
      if (operation <= Operation.VARIABLE) {
        leaf(t, index, operation, ldx, start, count, x, data, features, parameters, order, out);
      } else if (operation <= Operation.DIVIDE) {
        binary(t, index, operation, count, order, work, out);
      } else unary(t, index, operation, count, order, work, out);
    }
    const result = registerOf(t, work, t.instructions - 1);
    const real = min(count, m - start);
    give(real, count, result, f64Address(value, start));
    const depends = dependencies(t, t.instructions - 1);
    let place = 0;
    for (let u = 0; u < variables && order > 0; u++) {
      const to = f64Address(first, <usize>u * <usize>ldx + <usize>start);
      give(has(depends, u) ? real : 0, count, firstRow(result, u), to);
      for (let v = 0; v <= u; v++, place++) {
        if (order < 2) continue;
        const target = f64Address(second, <usize>place * <usize>ldx + <usize>start);
        const filled = has(depends, u) && has(depends, v) ? real : 0;
        give(filled, count, secondRow(result, variables, u, v), target);
      }
    }
  }
}

/** to := the first `real` of `count` values, then zeros. */
function give(real: i32, count: i32, from: usize, to: usize): void {
  memory.copy(to, from, (<usize>real) << 3);
  memory.fill(f64Address(to, real), 0, (<usize>(count - real)) << 3);
}

@inline
function has(depends: u32, v: i32): bool {
  return ((depends >> <u32>v) & 1) != 0;
}

@inline
function firstRow(register: usize, v: i32): usize {
  return register + <usize>(1 + v) * ROW;
}

@inline
function secondRow(register: usize, variables: i32, u: i32, v: i32): usize {
  return register + <usize>(1 + variables + ((u * (u + 1)) >> 1) + v) * ROW;
}

function leaf(
  t: Tape,
  index: i32,
  operation: i32,
  ldx: i32,
  start: i32,
  count: i32,
  x: usize,
  data: usize,
  features: usize,
  parameters: usize,
  order: i32,
  out: usize,
): void {
  const which = argumentOf(t, index, 0);
  const row = <usize>which * <usize>ldx + <usize>start;
  const bytes = (<usize>count) << 3;
  if (operation == Operation.CONSTANT) return fill(count, constantOf(t, index), out);
  if (operation == Operation.COORDINATE) return memory.copy(out, f64Address(x, row), bytes);
  if (operation == Operation.DATA) return memory.copy(out, f64Address(data, row), bytes);
  if (which < t.q) memory.copy(out, f64Address(features, row), bytes);
  else fill(count, f64At(parameters, which - t.q), out);
  if (order > 0) fill(count, 1.0, firstRow(out, which));
  if (order > 1) fill(count, 0.0, secondRow(out, t.q + t.e, which, which));
}

function fill(n: i32, value: f64, out: usize): void {
  for (let i = 0; i < n; i++) setF64(out, i, value);
}

/**
 * (a + b)_u = a_u + b_u; (a b)_u = a_u b + a b_u, (a b)_uv = a_uv b + a_u b_v + a_v b_u + a b_uv; a
 * quotient y = a / b from a = y b: y_u = (a_u - y b_u) / b, y_uv = (a_uv - y_u b_v - y_v b_u - y
 * b_uv) / b.
 */
function binary(
  t: Tape,
  index: i32,
  operation: i32,
  n: i32,
  order: i32,
  work: usize,
  out: usize,
): void {
  const left = argumentOf(t, index, 0),
    right = argumentOf(t, index, 1);
  const a = registerOf(t, work, left),
    b = registerOf(t, work, right);
  const ofA = dependencies(t, left),
    ofB = dependencies(t, right),
    depends = ofA | ofB;
  const variables = t.q + t.e;
  combine(operation, n, a, b, out);
  if (order == 0) return;
  for (let u = 0; u < variables; u++) {
    if (!has(depends, u)) continue;
    const au = has(ofA, u) ? firstRow(a, u) : 0,
      bu = has(ofB, u) ? firstRow(b, u) : 0;
    const target = firstRow(out, u);
    for (let i = 0; i < n; i++) {
      setF64(target, i, slope(operation, i, a, b, out, at(au, i), at(bu, i)));
    }
  }
  if (order == 1) return;
  for (let u = 0; u < variables; u++) {
    for (let v = 0; v <= u; v++) {
      if (!has(depends, u) || !has(depends, v)) continue;
      const au = has(ofA, u) ? firstRow(a, u) : 0,
        av = has(ofA, v) ? firstRow(a, v) : 0,
        bu = has(ofB, u) ? firstRow(b, u) : 0,
        bv = has(ofB, v) ? firstRow(b, v) : 0;
      const auv = au != 0 && av != 0 ? secondRow(a, variables, u, v) : 0,
        buv = bu != 0 && bv != 0 ? secondRow(b, variables, u, v) : 0;
      const yu = firstRow(out, u),
        yv = firstRow(out, v);
      const target = secondRow(out, variables, u, v);
      for (let i = 0; i < n; i++) {
        let sum = slope(operation, i, a, b, out, at(auv, i), at(buv, i));
        if (operation == Operation.MULTIPLY) {
          sum += at(au, i) * at(bv, i) + at(av, i) * at(bu, i);
        } else if (operation == Operation.DIVIDE) {
          sum -= (at(yu, i) * at(bv, i) + at(yv, i) * at(bu, i)) / f64At(b, i);
        }
        setF64(target, i, sum);
      }
    }
  }
}

/** Value i of a row; 0 where there is none. */
@inline
function at(row: usize, i: i32): f64 {
  return row == 0 ? 0.0 : f64At(row, i);
}

/** What the derivatives da and db of the arguments make of the result. */
@inline
function slope(operation: i32, i: i32, a: usize, b: usize, y: usize, da: f64, db: f64): f64 {
  if (operation == Operation.ADD) return da + db;
  if (operation == Operation.SUBTRACT) return da - db;
  if (operation == Operation.MULTIPLY) return da * f64At(b, i) + f64At(a, i) * db;
  return (da - f64At(y, i) * db) / f64At(b, i);
}

function combine(operation: i32, n: i32, a: usize, b: usize, out: usize): void {
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16) {
    const left = v128.load(a + i),
      right = v128.load(b + i);
    let value = f64x2.add(left, right);
    if (operation == Operation.SUBTRACT) value = f64x2.sub(left, right);
    else if (operation == Operation.MULTIPLY) value = f64x2.mul(left, right);
    else if (operation == Operation.DIVIDE) value = f64x2.div(left, right);
    v128.store(out + i, value);
  }
}

/** f(a)_u = f' a_u, f(a)_uv = f' a_uv + f'' a_u a_v */
function unary(
  t: Tape,
  index: i32,
  operation: i32,
  n: i32,
  order: i32,
  work: usize,
  out: usize,
): void {
  const argument = argumentOf(t, index, 0);
  const a = registerOf(t, work, argument);
  const depends = dependencies(t, argument);
  const f1 = functionRow(t, work, 1),
    f2 = functionRow(t, work, 2);
  if (operation == Operation.NEGATE) {
    for (let i = 0; i < n; i++) setF64(out, i, -f64At(a, i));
    fill(n, -1.0, f1);
    fill(n, 0.0, f2);
  } else differentiateFunction(operation, constantOf(t, index), n, a, out, f1, f2);
  if (order == 0) return;
  const variables = t.q + t.e;
  for (let u = 0; u < variables; u++) {
    if (!has(depends, u)) continue;
    const au = firstRow(a, u),
      target = firstRow(out, u);
    for (let i = 0; i < n; i++) setF64(target, i, f64At(f1, i) * f64At(au, i));
    for (let v = 0; v <= u && order > 1; v++) {
      if (!has(depends, v)) continue;
      const av = firstRow(a, v),
        auv = secondRow(a, variables, u, v),
        place = secondRow(out, variables, u, v);
      for (let i = 0; i < n; i++) {
        const bend = f64At(f2, i) * f64At(au, i) * f64At(av, i);
        setF64(place, i, f64At(f1, i) * f64At(auv, i) + bend);
      }
    }
  }
}
