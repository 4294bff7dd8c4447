import { randomBytes } from "node:crypto";
import {
  accessSync,
  constants,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { InputError, ResourceError } from "./errors.js";

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

/** What a path leads to. */
interface Destination {
  /** The file itself, where the path is a link: a link stays one. */
  readonly path: string;
  readonly exists: boolean;
  /** A pipe or a device: it is written to, and must not be replaced by a file. */
  readonly special: boolean;
  readonly mode: number;
}

function destination(path: string): Destination {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there === undefined) return { path, exists: false, special: false, mode: 0o666 };
  if (there.isDirectory()) throw new Error("it is a folder");
  const special = !there.isFile();
  return { path: realpathSync(path), exists: true, special, mode: there.mode & 0o777 };
}

/** Can a file be written here, as far as can be known without doing it? @throws ResourceError `file` */
export function checkWritable(path: string): void {
  try {
    const to = destination(path);
    if (to.exists) accessSync(to.path, constants.W_OK);
    if (!to.special) accessSync(dirname(to.path), constants.W_OK);
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

/** Writes beside the target and renames, so that a reader sees the old file or the new one, whole. @throws ResourceError `file` */
export function writeText(path: string, text: string): void {
  let temporary: string | undefined;
  try {
    const to = destination(path);
    if (to.special) {
      writeFileSync(path, text);
      return;
    }
    temporary = `${to.path}.${randomBytes(4).toString("hex")}.tmp`;
    writeFileSync(temporary, text, { mode: to.mode });
    renameSync(temporary, to.path);
  } catch (cause) {
    if (temporary !== undefined) rmSync(temporary, { force: true });
    throw unwritable(path, cause);
  }
}

function unwritable(path: string, cause: unknown): ResourceError {
  return new ResourceError("file", `cannot write ${path}: ${reason(cause)}`, {
    argument: path,
    cause,
  });
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
