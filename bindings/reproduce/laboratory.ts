import type { Engine } from "../engine/engine.js";
import type { Cell } from "./cells.js";

/** What a figure is made with: its cells are computed once and kept in the output folder. */
export interface Laboratory {
  readonly engine: Engine;
  readonly quick: boolean;
  readonly seeds: (usual: { readonly quick: number; readonly full: number }) => number[];
  readonly run: <T>(cells: readonly Cell<T>[]) => Promise<Map<string, T>>;
}
