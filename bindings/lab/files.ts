import { isUtf8 } from "node:buffer";
import { randomBytes } from "node:crypto";
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  fstatSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { describe, InputError, invalid, ResourceError } from "../support/errors.js";

/**
 * @throws InputError `file`: a file that was named and cannot be read is bad input, and so is one
 *   whose bytes are no UTF-8, which would be read as other characters
 */
export function readText(path: string): string {
  try {
    const bytes = readFileSync(path);
    if (!isUtf8(bytes)) throw new Error(notUtf8(bytes));
    return bytes.toString("utf8");
  } catch (cause) {
    throw new InputError("file", `cannot read ${path}: ${reason(cause)}`, {
      argument: path,
      cause,
    });
  }
}

/** Where bytes that are no UTF-8 are, and what to do. No character of UTF-8 spans two lines. */
function notUtf8(bytes: Buffer): string {
  const advice = "save it as UTF-8";
  const mark = bytes.toString("hex", 0, 2);
  if (mark === "fffe" || mark === "feff") return `it is UTF-16; ${advice}`;
  for (let start = 0, line = 1; ; line++) {
    const end = bytes.indexOf("\n", start);
    const part = bytes.subarray(start, end < 0 ? bytes.length : end);
    if (!isUtf8(part)) return `line ${line} is not UTF-8; ${advice}`;
    start = end + 1;
  }
}

/** What a path leads to. */
type Destination =
  /** A file, there or to be made: it is replaced as a whole. */
  | { readonly kind: "file"; readonly path: string; readonly there: Stats | undefined }
  /** A pipe or a device: it is written to, and must not be replaced by a file. */
  | { readonly kind: "special"; readonly path: string }
  /** A file that the process was started with: written at the place where it stands. */
  | { readonly kind: "descriptor"; readonly descriptor: number };

/** Links that are followed before they count as a circle, as many as Linux follows. */
const MOST_LINKS = 40;

/** Names of descriptors: `/dev/stdout`, and what a shell gives for `>(command)`. */
const DESCRIPTOR = /^\/(?:dev\/(?:fd\/(\d+)|(stdout)|(stderr))|proc\/self\/fd\/(\d+))$/;

function destination(path: string): Destination {
  if (path === "") throw new Error("it has no name");
  if (/[/\\]$/.test(path)) throw new Error("it names a folder");
  const end = followLinks(resolve(path));
  const descriptor = descriptorOf(end);
  if (descriptor !== undefined) {
    const there = fstatSync(descriptor);
    // A pipe is opened anew: through the descriptor of a process it may refuse what it has no room
    // for.
    if (there.isFIFO() || there.isCharacterDevice()) return { kind: "special", path: end };
    return { kind: "descriptor", descriptor };
  }
  const there = lstatSync(end, { throwIfNoEntry: false });
  if (there?.isDirectory()) throw new Error("it is a folder");
  if (there !== undefined && !there.isFile()) return { kind: "special", path: end };
  return { kind: "file", path: end, there };
}

/** Where the links at the end of a path lead, whether or not there is something. */
function followLinks(path: string): string {
  let end = path;
  for (let links = 0; links < MOST_LINKS; links++) {
    const isLink = lstatSync(end, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
    if (!isLink || descriptorOf(end) !== undefined) return end;
    end = resolve(realpathSync(dirname(end)), readlinkSync(end));
  }
  throw new Error("its links go in a circle");
}

function descriptorOf(path: string): number | undefined {
  const [, number, output, error, own] = DESCRIPTOR.exec(path) ?? [];
  if (output !== undefined) return 1;
  if (error !== undefined) return 2;
  const digits = number ?? own;
  return digits === undefined ? undefined : Number(digits);
}

/**
 * Can a file be written here, as far as can be known without doing it?
 * @throws ResourceError `file`
 */
export function checkWritable(path: string): void {
  try {
    const to = destination(path);
    if (to.kind === "descriptor") return;
    if (to.kind === "special" || to.there !== undefined) accessSync(to.path, constants.W_OK);
    if (to.kind === "special") return;
    const folder = dirname(to.path);
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is no folder`);
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

/**
 * No file that is written may be one that is read, or written for something else.
 * @param written names of options and their paths, if given
 * @throws InputError `invalid-argument`
 */
export function checkDistinct(
  written: Readonly<Record<string, string | undefined>>,
  read: readonly string[],
): void {
  const taken = new Set(read.map(ownPath));
  for (const [option, path] of Object.entries(written)) {
    if (path === undefined) continue;
    const own = ownPath(path);
    if (own === null) continue;
    if (taken.has(own)) {
      const expected = "a file that this command neither reads nor writes otherwise";
      throw invalid("invalid-argument", option, expected, describe(path));
    }
    taken.add(own);
  }
}

/** `null` for what is no file, or none that can be found: both are told elsewhere. */
function ownPath(path: string): string | null {
  try {
    const to = destination(path);
    return to.kind === "file" ? join(realpathSync(dirname(to.path)), basename(to.path)) : null;
  } catch {
    return null;
  }
}

/**
 * Writes beside the target and renames, so that a reader sees the old file or the new one, whole.
 * @throws ResourceError `file`
 */
export function writeText(path: string, text: string): void {
  write(path, text);
}

/** `writeText` for what is no text. @throws ResourceError `file` */
export function writeBytes(path: string, bytes: Uint8Array): void {
  write(path, bytes);
}

function write(path: string, content: string | Uint8Array): void {
  let temporary: string | undefined;
  try {
    const to = destination(path);
    if (to.kind === "descriptor") {
      writeDescriptor(to.descriptor, content);
      return;
    }
    if (to.kind === "special") {
      writeFileSync(to.path, content);
      return;
    }
    // Its length does not depend on the name, which may be as long as names can be.
    temporary = join(dirname(to.path), `.newton-nn-${randomBytes(8).toString("hex")}.tmp`);
    writeFileSync(temporary, content, { flag: "wx", mode: to.there === undefined ? 0o666 : 0o600 });
    if (to.there !== undefined) takeOver(temporary, to.there);
    renameSync(temporary, to.path);
  } catch (cause) {
    if (temporary !== undefined) rmSync(temporary, { force: true });
    throw unwritable(path, cause);
  }
}

/** Standard output and error keep the order of what was written to them before. */
function writeDescriptor(descriptor: number, content: string | Uint8Array): void {
  if (descriptor === 1) process.stdout.write(content);
  else if (descriptor === 2) process.stderr.write(content);
  else writeFileSync(descriptor, content);
}

/** Gives a new file the owner and the permissions of the one it replaces, whatever the umask. */
function takeOver(path: string, { uid, gid, mode }: Stats): void {
  const own = statSync(path);
  let kept = own.uid === uid && own.gid === gid;
  if (!kept) {
    try {
      chownSync(path, uid, gid);
      kept = true;
    } catch {
      // Only some may give files away; another group is then not let in.
    }
  }
  chmodSync(path, mode & (kept ? 0o777 : 0o707));
}

function unwritable(path: string, cause: unknown): ResourceError {
  return new ResourceError("file", `cannot write ${path || '""'}: ${reason(cause)}`, {
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
