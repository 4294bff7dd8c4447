import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { InputError, ResourceError } from "../errors.js";

/** @throws InputError `file`: a file that was named and cannot be read is bad input */
export function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new InputError("file", `cannot read ${path}: ${reason(cause)}`, {
      argument: path,
      cause,
    });
  }
}

/** Writes beside the target and renames, so that a reader sees the old file or the new one, whole. @throws ResourceError `file` */
export function writeText(path: string, text: string): void {
  const temporary = `${path}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new ResourceError("file", `cannot write ${path}: ${reason(cause)}`, {
      argument: path,
      cause,
    });
  }
}

/** @throws InputError `invalid-model` when the text is not JSON */
export function parseModel(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InputError("invalid-model", `${path} is not a model: ${reason(cause)}`, {
      argument: path,
      expected: "JSON",
      cause,
    });
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
