import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, InputError, ResourceError } from "../../support/errors.js";
import { readText, writeText } from "../files.js";
import type { NamedData } from "./cell.js";
import type { Plan } from "./plan.js";

/** Part `index` of `count`, from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/**
 * What a folder of results was made for: enough to merge shards and to tell where a sweep stands
 * without the file of the plan.
 */
export interface Manifest {
  readonly format: "newton-nn/sweep";
  readonly version: 1;
  /** Tells the jobs of this folder from those of others in one queue. */
  readonly id: string;
  readonly plan: Plan;
  readonly data: Readonly<Record<string, NamedData>>;
}

const MANIFEST = "sweep.json";

export function makeFolder(path: string, argument = "out"): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    throw new ResourceError("file", `cannot make the folder ${path}: ${String(cause)}`, {
      argument,
      cause,
    });
  }
}

/** Writes the manifest; a folder keeps its id. */
export function writeManifest(
  folder: string,
  plan: Plan,
  data: ReadonlyMap<string, NamedData>,
): Manifest {
  const id = existsSync(join(folder, MANIFEST)) ? readManifest(folder).id : randomUUID();
  const manifest: Manifest = {
    format: "newton-nn/sweep",
    version: 1,
    id,
    plan,
    data: Object.fromEntries(data),
  };
  writeText(join(folder, MANIFEST), `${JSON.stringify(manifest)}\n`);
  return manifest;
}

/** @throws InputError `file` when there is none, `invalid-argument` when it is something else */
export function readManifest(folder: string): Manifest {
  const path = join(folder, MANIFEST);
  const text = readText(path);
  try {
    const manifest = JSON.parse(text) as Manifest;
    if (manifest.format === "newton-nn/sweep" && manifest.version === 1) return manifest;
  } catch {
    // Told below, with what is not JSON at all.
  }
  throw new InputError("invalid-argument", `${path} is not the manifest of a sweep`, {
    argument: path,
    expected: "a sweep of version 1",
    got: describe(text.slice(0, 40)),
  });
}

export function resultPath(folder: string, shard?: Shard): string {
  const part = shard === undefined ? "" : `-${shard.index}-of-${shard.count}`;
  return join(folder, `cells${part}.jsonl`);
}

/** Result files of a folder, those of shards after the one that is whole. */
export function resultPaths(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /^cells(-\d+-of-\d+)?\.jsonl$/.test(name))
    .sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
    .map((name) => join(folder, name));
}
