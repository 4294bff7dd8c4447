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
import { buildSync } from "esbuild";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkWritable, readText, writeBytes, writeText } from "../../bindings/lab/files.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "newton-nn-files-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);
const unwritable = expect.objectContaining({ name: "ResourceError", code: "file" });

/** A script that imports sources, in one piece. */
function writeScript(path: string, contents: string): void {
  const resolveDir = join(import.meta.dirname, "../../bindings");
  buildSync({
    stdin: { contents, resolveDir },
    bundle: true,
    format: "esm",
    platform: "node",
    outfile: path,
  });
}

describe("reading a file", () => {
  it("takes UTF-8 with and without a mark, of every length of a character", () => {
    for (const text of ["", "h\u00f6he,\u20ac,\u{1f600}\r\n1,2,3", "\ufeffx,y\n1,2\n"]) {
      writeFileSync(at("t.csv"), text);
      expect(readText(at("t.csv"))).toBe(text);
    }
  });

  it.each([
    ["of the first line", "h\u00f6he,y\n1,2\n", "latin1", "line 1 is not UTF-8"],
    ["of a later line", "x,y\n1,2\nh\u00f6he,3", "latin1", "line 3 is not UTF-8"],
    ["in the other encoding of Unicode", "\ufeffx,y\n1,2\n", "utf16le", "it is UTF-16"],
  ] as const)("refuses bytes that are no UTF-8, %s", (_, text, encoding, reason) => {
    writeFileSync(at("t.csv"), text, encoding);
    expect(() => readText(at("t.csv"))).toThrow(
      expect.objectContaining({
        name: "InputError",
        code: "file",
        argument: at("t.csv"),
        message: `cannot read ${at("t.csv")}: ${reason}; save it as UTF-8`,
      }),
    );
  });
});

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

  it("takes bytes as they are", () => {
    const bytes = Uint8Array.of(0x89, 0, 255, 0x0a);
    writeBytes(at("p.png"), bytes);
    expect([...readFileSync(at("p.png"))]).toEqual([...bytes]);
  });

  it("takes names as long as names can be", () => {
    const name = "m".repeat(255);
    checkWritable(at(name));
    writeText(at(name), "text");
    expect(readdirSync(folder)).toEqual([name]);
  });

  it.each([
    ["a folder", "folder"],
    ["a folder that is missing", "none/m.json"],
    ["a file where a folder should be", "file/m.json"],
    ["a name that ends as folders do", "new/"],
    ["a name that is too long", "m".repeat(256)],
  ])("is refused before and when it is written: %s", (_what, name) => {
    mkdirSync(at("folder"));
    writeFileSync(at("file"), "old");
    expect(() => checkWritable(`${folder}/${name}`)).toThrow(unwritable);
    expect(() => writeText(`${folder}/${name}`, "text")).toThrow(unwritable);
    expect(readdirSync(folder).sort()).toEqual(["file", "folder"]);
  });

  it("is refused without a name", () => {
    expect(() => checkWritable("")).toThrow(unwritable);
    expect(() => writeText("", "text")).toThrow(unwritable);
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

  it("follows a link to a file that is yet to be made", () => {
    mkdirSync(at("elsewhere"));
    symlinkSync("elsewhere/new.json", at("first.json"));
    symlinkSync("first.json", at("link.json"));
    checkWritable(at("link.json"));
    writeText(at("link.json"), "new");
    expect(lstatSync(at("link.json")).isSymbolicLink()).toBe(true);
    expect(lstatSync(at("first.json")).isSymbolicLink()).toBe(true);
    expect(readFileSync(at("elsewhere/new.json"), "utf8")).toBe("new");
  });

  it("refuses links that lead nowhere, or to each other", () => {
    symlinkSync("none/new.json", at("nowhere"));
    symlinkSync("b", at("a"));
    symlinkSync("a", at("b"));
    for (const name of ["nowhere", "a"]) {
      expect(() => checkWritable(at(name))).toThrow(unwritable);
      expect(() => writeText(at(name), "text")).toThrow(unwritable);
      expect(lstatSync(at(name)).isSymbolicLink()).toBe(true);
    }
  });

  it.each([0o600, 0o664, 0o666])("keeps the permissions of a file, %o", (mode) => {
    writeFileSync(at("kept.json"), "old");
    chmodSync(at("kept.json"), mode);
    // The usual umask, 022, would take the writing of group and others away.
    writeText(at("kept.json"), "new");
    expect(statSync(at("kept.json")).mode & 0o777).toBe(mode);
  });

  it.each(["pipe", "file"])("writes to a standard output that is a %s", (kind) => {
    const script = at("write.mjs");
    writeScript(
      script,
      `import { checkWritable, writeText } from "./lab/files.js";
      process.stdout.write("before\\n");
      checkWritable("/dev/stdout");
      writeText("/dev/stdout", "text\\n");
      process.stdout.write("after\\n");`,
    );
    const run = `"${process.execPath}" "${script}"`;
    const line = kind === "pipe" ? `${run} | cat` : `${run} > "${at("out")}"; cat "${at("out")}"`;
    expect(execFileSync("sh", ["-c", line], { encoding: "utf8" })).toBe("before\ntext\nafter\n");
  });

  it("writes to the command that a shell puts in the place of a file", () => {
    const script = at("write.mjs");
    writeScript(
      script,
      `import { checkWritable, writeText } from "./lab/files.js";
      checkWritable(process.argv[2]);
      writeText(process.argv[2], "text");`,
    );
    // The substituted command outlives the shell, which a pipe around both waits for.
    const line = `{ "${process.execPath}" "${script}" >(cat); } | cat`;
    expect(execFileSync("bash", ["-c", line], { encoding: "utf8" })).toBe("text");
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
