import { ABI } from "../engine/generated/abi.js";
import {
  type ErrorCode,
  type ErrorDetails,
  InputError,
  NewtonError,
  ResourceError,
  StateError,
} from "../support/errors.js";
import type { WasmModule } from "../support/platform.js";

/** What goes between a page (or main thread) and the worker that holds a network. */

export interface Request {
  readonly id: number;
  readonly operation: string;
  readonly args: readonly unknown[];
}

export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: ErrorMessage }
  /** Records of a training or of a fit, several at once. */
  | { readonly id: number; readonly records: readonly object[] };

/** First message to a worker: the compiled cores, which a worker takes as they are. */
export interface Start {
  readonly modules: Readonly<Record<string, WasmModule>>;
  /** The declarations that the sender knows these by (scripts/abi.mjs). */
  readonly abi: string;
}

export interface ErrorMessage {
  readonly name: string;
  readonly message: string;
  readonly code?: ErrorCode;
  readonly details?: Omit<ErrorDetails, "cause">;
}

/**
 * Why a worker cannot use the cores that it was sent, or `null`: a script that is kept beside
 * another release calls them by declarations that are not theirs.
 */
export function faultOfStart({ abi }: Pick<Start, "abi">): ResourceError | null {
  if (abi === ABI) return null;
  const message = `options.worker: the worker's script and the core are of different builds (${ABI} and ${abi}): engine/generated/worker.js has to be that of this release; in a checkout run npm run build`;
  const details = { argument: "options.worker", expected: String(abi), got: ABI };
  return new ResourceError("load-failed", message, details);
}

const CLASSES = { InputError, StateError, ResourceError } as const;

export function packError(error: unknown): ErrorMessage {
  if (!(error instanceof NewtonError)) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { name, message };
  }
  const { name, message, code, argument, expected, got } = error;
  const details = {
    ...(argument !== undefined && { argument }),
    ...(expected !== undefined && { expected }),
    ...(got !== undefined && { got }),
  };
  return { name, message, code, details };
}

/** The same typed error on the other side. */
export function unpackError({ name, message, code, details }: ErrorMessage): Error {
  const Typed = CLASSES[name as keyof typeof CLASSES];
  if (Typed !== undefined && code !== undefined) return new Typed(code, message, details);
  return Object.assign(new Error(message), { name });
}

/** Buffers of the typed arrays in a result, which need not be copied. */
export function transferables(value: unknown): ArrayBuffer[] {
  if (value instanceof Float64Array) return [value.buffer as ArrayBuffer];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(transferables);
}
