/**
 * Objects of the platform that declarations name, by what is used of them: so that these need
 * neither the library of the DOM nor the types of Node.
 */

/** An AbortSignal. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
  throwIfAborted(): void;
}

/** A URL. */
export interface URLLike {
  readonly href: string;
}

/** A WebAssembly.Module, which has no members of its own. */
export type WasmModule = object;

/** A WebAssembly.Memory. */
export interface WasmMemory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}
