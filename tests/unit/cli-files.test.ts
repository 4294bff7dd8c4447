import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkWritable, writeText } from "../../bindings/files.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "newton-nn-files-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);
const unwritable = expect.objectContaining({ name: "ResourceError", code: "file" });

describe("writing a file", () => {
  it("makes it or replaces it, and leaves nothing else", () => {
    for (const text of ["one", "two"]) {
      checkWritable(at("m.json"));
      writeText(at("m.json"), text);
      expect(readFileSync(at("m.json"), "utf8")).toBe(text);
    }
    expect(readdirSync(folder)).toEqual(["m.json"]);
  });

  it("by checking alone makes nothing", () => {
    checkWritable(at("m.json"));
    expect(readdirSync(folder)).toEqual([]);
  });

  it("does not write over a folder or into one that is missing", () => {
    mkdirSync(at("folder"));
    for (const path of [at("folder"), at("none/m.json")]) {
      expect(() => checkWritable(path)).toThrow(unwritable);
      expect(() => writeText(path, "text")).toThrow(unwritable);
    }
    expect(readdirSync(folder)).toEqual(["folder"]);
  });
});

describe.skipIf(process.platform === "win32")("writing where a path leads", () => {
  it("follows a link to a file", () => {
    mkdirSync(at("elsewhere"));
    writeFileSync(at("elsewhere/real.json"), "old");
    symlinkSync("elsewhere/real.json", at("link.json"));
    checkWritable(at("link.json"));
    writeText(at("link.json"), "new");
    expect(lstatSync(at("link.json")).isSymbolicLink()).toBe(true);
    expect(readFileSync(at("elsewhere/real.json"), "utf8")).toBe("new");
    expect(readdirSync(at("elsewhere"))).toEqual(["real.json"]);
  });

  it("keeps the permissions of a file", () => {
    writeFileSync(at("private.json"), "old");
    chmodSync(at("private.json"), 0o600);
    writeText(at("private.json"), "new");
    expect(statSync(at("private.json")).mode & 0o777).toBe(0o600);
  });

  it("writes into a pipe and does not replace it", () => {
    execFileSync("mkfifo", [at("pipe")]);
    // Open for both, so that neither side waits for the other.
    const pipe = openSync(at("pipe"), constants.O_RDWR | constants.O_NONBLOCK);
    checkWritable(at("pipe"));
    writeText(at("pipe"), "text");
    const buffer = Buffer.alloc(16);
    expect(buffer.toString("utf8", 0, readSync(pipe, buffer))).toBe("text");
    closeSync(pipe);
    expect(lstatSync(at("pipe")).isFIFO()).toBe(true);
    expect(readdirSync(folder)).toEqual(["pipe"]);
  });
});
