/**
 * Every error this package throws on purpose. One base class, a stable `code` to switch on, and the
 * facts a program needs to explain the fault: which argument, what was expected, what came.
 */

/**
 * Stable identifiers of everything that can go wrong; docs/errors.md says for each when it happens
 * and what to do.
 */
export type ErrorCode =
  /** An option or argument has the wrong type, is out of range, or has an unknown name. */
  | "invalid-argument"
  /**
   * Data whose shape does not fit: ragged rows, a wrong number of inputs, x and y of different
   * lengths.
   */
  | "invalid-shape"
  /** NaN or an infinity where a finite number is needed. */
  | "non-finite"
  /** A data set without samples. */
  | "empty-data"
  /** A column that has to be standardized does not vary. */
  | "constant-column"
  /** A column that was asked for is not in the table. */
  | "missing-column"
  /** A cell of a table is not a number, or the table cannot be parsed. */
  | "invalid-cell"
  /** A model that is not one: cut off, edited, of another kind. */
  | "invalid-model"
  /** A model written by a newer version of the format. */
  | "unsupported-version"
  /** The method needs something the activation does not have (a second derivative, for ReLU). */
  | "unsupported-activation"
  /** The memory asked for is more than WebAssembly can give; the message has the numbers. */
  | "out-of-memory"
  /** A quadrature or an iteration did not reach the accuracy asked for within its limits. */
  | "not-converged"
  /**
   * A training ended above the loss it began with, or with numbers that are not finite (command
   * line).
   */
  | "diverged"
  /** The network or engine was disposed. */
  | "disposed"
  /** The network is being trained by another call. */
  | "busy"
  /** The AbortSignal was aborted before the work began. */
  | "aborted"
  /** The engine cannot run here: no WebAssembly, or not the features the variant needs. */
  | "unsupported-engine"
  /** A core that is kept in a separate file did not come from its URL. */
  | "load-failed"
  /**
   * The server of a queue does not answer, or the queue belongs to another application (sweeps).
   */
  | "queue"
  /** A process or machine that part of the work was given to could not do it. */
  | "worker-failed"
  /** A file cannot be read or written (command line). */
  | "file"
  /** An optional peer dependency is not installed. */
  | "missing-dependency";

export interface ErrorDetails {
  /**
   * Name of the argument or option, as the caller wrote it: `"width"`, `"data.x"`, `"--target"`.
   */
  readonly argument?: string;
  /** What would have been right, in words. */
  readonly expected?: string;
  /** What came, in words, cut to a readable length. */
  readonly got?: string;
  readonly cause?: unknown;
}

/** Base class of all errors of this package. */
export class NewtonError extends Error {
  override readonly name: string = "NewtonError";
  readonly code: ErrorCode;
  readonly argument: string | undefined;
  readonly expected: string | undefined;
  readonly got: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.argument = details.argument;
    this.expected = details.expected;
    this.got = details.got;
  }
}

/** The caller's input is at fault: arguments, options, data, model files. */
export class InputError extends NewtonError {
  override readonly name = "InputError";
}

/** The object is not in a state that allows the call: disposed, busy, aborted. */
export class StateError extends NewtonError {
  override readonly name = "StateError";
}

/** The machine or engine cannot do it: memory, missing features, files. */
export class ResourceError extends NewtonError {
  override readonly name = "ResourceError";
}

/** Shows a value in an error message: short, quoted if a string, never throwing. */
export function describe(value: unknown): string {
  try {
    // Cut before it is quoted: the string may be the size of a file.
    const text =
      typeof value === "string" ? JSON.stringify(value.slice(0, 61)) : describeOther(value);
    return text.length > 60 ? `${text.slice(0, 57)}...` : text;
  } catch {
    // A proxy, or a property the caller made to throw.
    return "a value that cannot be shown";
  }
}

function describeOther(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (value === null || typeof value !== "object") return String(value);
  if (Array.isArray(value)) return `an array of length ${value.length}`;
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name}`;
  if (typeof (value as PromiseLike<unknown>).then === "function") {
    return "a promise that was not awaited";
  }
  return "an object";
}

/** The one sentence shape all input errors share: `name: expected X, got Y`. */
export function invalid(
  code: ErrorCode,
  argument: string,
  expected: string,
  got: string,
): InputError {
  return new InputError(code, `${argument}: expected ${expected}, got ${got}`, {
    argument,
    expected,
    got,
  });
}
