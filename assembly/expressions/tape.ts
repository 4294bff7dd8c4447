import { f64Address, i32At, isAligned } from "../memory";

/**
 * An equation as a list of instructions, each of which makes one value a point from those before
 * it: that of its index. The last is the residual. In evaluations every value comes with its
 * partial derivatives in the variables of the equation (forward mode), first and second: q features
 * of the network, then e parameters that are to be found.
 *
 * A record has four integers: the operation, its arguments a and b (indices of instructions, or the
 * number of a coordinate, data column or variable), and which variables it depends on, a bit each;
 * then one float64, a constant.
 */
export const enum Operation {
  CONSTANT = 0,
  COORDINATE = 1,
  DATA = 2,
  VARIABLE = 3,
  ADD = 4,
  SUBTRACT = 5,
  MULTIPLY = 6,
  DIVIDE = 7,
  NEGATE = 8,
  /** To the constant power. */
  POWER = 9,
  EXP = 10,
  LOG = 11,
  SIN = 12,
  COS = 13,
  TANH = 14,
  SQRT = 15,
  ABS = 16,
}

@unmanaged
export class Tape {
  instructions: i32;
  /** Variables: q features and e parameters. */
  q: i32;
  e: i32;
  /** Records of RECORD bytes. */
  records: usize;
}

export const RECORD: usize = 24;
/** A bit each in a record. */
export const MOST_VARIABLES: i32 = 32;
/** Points of a block, whose values and derivatives are to stay in the caches. */
export const TAPE_BLOCK: i32 = 64;

export function tapeBytes(): i32 {
  return offsetof<Tape>();
}

export function tapeRecordBytes(): i32 {
  return <i32>RECORD;
}

export function tapeSet(at: usize, instructions: i32, q: i32, e: i32, records: usize): void {
  assert(instructions > 0 && q + e <= MOST_VARIABLES && isAligned(records, 8), "a tape");
  const tape = changetype<Tape>(at);
  tape.instructions = instructions;
  tape.q = q;
  tape.e = e;
  tape.records = records;
}

/** Rows that belong to one instruction: value, first and second derivatives. */
@inline
export function registerRows(variables: i32): i32 {
  return 1 + variables + ((variables * (variables + 1)) >> 1);
}

/** Bytes of scratch of an evaluation. */
export function tapeWork(at: usize): f64 {
  const tape = changetype<Tape>(at);
  // And f, f', f'' of a function.
  const rows = tape.instructions * registerRows(tape.q + tape.e) + 3;
  return <f64>rows * <f64>(TAPE_BLOCK * 8);
}

@inline
export function operationOf(tape: Tape, index: i32): i32 {
  return i32At(recordOf(tape, index), 0);
}

@inline
export function argumentOf(tape: Tape, index: i32, which: i32): i32 {
  return i32At(recordOf(tape, index), 1 + which);
}

/** Bit v: whether it depends on variable v. */
@inline
export function dependencies(tape: Tape, index: i32): u32 {
  return <u32>i32At(recordOf(tape, index), 3);
}

@inline
export function constantOf(tape: Tape, index: i32): f64 {
  return load<f64>(recordOf(tape, index) + 16);
}

@inline
function recordOf(tape: Tape, index: i32): usize {
  return tape.records + <usize>index * RECORD;
}

/** Address of the value of an instruction in the scratch; its derivatives follow. */
@inline
export function registerOf(tape: Tape, work: usize, index: i32): usize {
  const rows = registerRows(tape.q + tape.e);
  return f64Address(work, <usize>(index * rows) * <usize>TAPE_BLOCK);
}

@inline
export function functionRow(tape: Tape, work: usize, which: i32): usize {
  return registerOf(tape, work, tape.instructions) + <usize>which * ((<usize>TAPE_BLOCK) << 3);
}
