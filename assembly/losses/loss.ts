import { huberJet, huberTraits } from "./huber";
import { logisticBad, logisticJet, logisticTraits } from "./logistic";
import { poissonBad, poissonJet, poissonTraits } from "./poisson";
import { softmaxBad, softmaxTraits } from "./softmax";
import { squaresJet, squaresTraits } from "./squares";
import { studentTJet, studentTTraits } from "./student-t";

/** The table of losses. The numbers are part of the ABI; the names are those of the wrapper. */
export const enum LossKind {
  SQUARES = 0,
  HUBER = 1,
  STUDENT_T = 2,
  LOGISTIC = 3,
  SOFTMAX = 4,
  POISSON = 5,
}

/**
 * l(f, y) and its derivatives l' and l'' in f, of the losses that are a sum over outputs; softmax,
 * whose second derivatives mix them, is in a file of its own.
 *
 *   a, b   parameters of the loss, in the order of the wrapper's table
 *   n      even; f, y, value, slope and bend are n values, 16-byte aligned
 */
export function lossJet(
  kind: i32,
  a: f64,
  b: f64,
  n: i32,
  f: usize,
  y: usize,
  value: usize,
  slope: usize,
  bend: usize,
): void {
  switch (kind) {
    case LossKind.SQUARES:
      return squaresJet(n, f, y, value, slope, bend);
    case LossKind.HUBER:
      return huberJet(n, a, f, y, value, slope, bend);
    case LossKind.STUDENT_T:
      return studentTJet(n, a, b, f, y, value, slope, bend);
    case LossKind.LOGISTIC:
      return logisticJet(n, f, y, value, slope, bend);
    case LossKind.POISSON:
      return poissonJet(n, f, y, value, slope, bend);
    default:
      unreachable();
  }
}

/**
 * Index of the first of n targets that the loss does not take, or -1; `classes` is the number of
 * outputs.
 */
export function firstBadTarget(kind: i32, classes: i32, n: i32, y: usize): i32 {
  switch (kind) {
    case LossKind.LOGISTIC:
      return logisticBad(n, y);
    case LossKind.SOFTMAX:
      return softmaxBad(classes, n, y);
    case LossKind.POISSON:
      return poissonBad(n, y);
    default:
      return -1;
  }
}

/**
 * What the wrapper has to know of a loss (bindings/objective/losses.ts), where it is not the usual,
 * as JSON. Asked when the declarations of the core are made, and in no build of it.
 */
export function lossTraits(kind: i32): string {
  switch (kind) {
    case LossKind.SQUARES:
      return squaresTraits();
    case LossKind.HUBER:
      return huberTraits();
    case LossKind.STUDENT_T:
      return studentTTraits();
    case LossKind.LOGISTIC:
      return logisticTraits();
    case LossKind.SOFTMAX:
      return softmaxTraits();
    case LossKind.POISSON:
      return poissonTraits();
    default:
      return "{}";
  }
}
