/** Which files a worker of a queue reads for others, and what it says of them. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readColumns } from "../../bindings/lab/experiments/sums-table.js";
import { DataFolders } from "../../bindings/lab/sweep/queue/folders.js";
import type { JobError } from "../../bindings/lab/sweep/queue/job.js";
import { faultOf } from "./support.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "newton-nn-folders-"));
  for (const name of ["open", "open/deep", "open..", "closed"]) mkdirSync(join(root, name));
  for (const name of ["open/deep/a.csv", "open../b.csv", "closed/c.csv"]) {
    writeFileSync(join(root, name), "x,y\n1,2\n");
  }
  symlinkSync(join(root, "closed/c.csv"), join(root, "open/out.csv"));
  symlinkSync(join(root, "open/deep/a.csv"), join(root, "closed/in.csv"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const failureOf = (folders: string[], file: string) => {
  try {
    new DataFolders(folders, "data").resolve(file);
  } catch (error) {
    return (error as JobError).failure;
  }
  throw new Error("expected a refusal");
};

describe("folders of a worker", () => {
  it("open what is in them, wherever the path began", () => {
    const folders = new DataFolders([join(root, "open")], "data");
    const real = folders.resolve(join(root, "open/deep/a.csv"));
    expect(real).toMatch(/open\/deep\/a\.csv$/);
    expect(folders.resolve(join(root, "closed/../open/deep/a.csv"))).toBe(real);
    expect(folders.resolve(join(root, "closed/in.csv"))).toBe(real);
  });

  it.each([
    ["beside them", "closed/c.csv"],
    ["by dots", "open/../closed/c.csv"],
    ["by a link", "open/out.csv"],
    ["by a name that begins as theirs", "open../b.csv"],
    ["that is not there", "closed/none.csv"],
    ["with a zero in its name", "open/\0"],
  ])("close what is %s", (_how, file) => {
    const path = join(root, file);
    expect(failureOf([join(root, "open")], path)).toEqual({
      code: "file",
      message: `cannot read ${path}: it is not in a folder that this worker reads (--data)`,
      retry: true,
    });
  });

  it("are none unless they are named", () => {
    expect(failureOf([], join(root, "open/deep/a.csv")).message).toMatch(/reads no files/);
  });

  it.each(["none", "closed/c.csv"])("are folders, not %s", async (name) => {
    const fault = await faultOf(() => new DataFolders([join(root, name)], "options.data"));
    expect(fault).toMatchObject({ code: "file", argument: "options.data[0]" });
  });
});

describe("a file that is no table", () => {
  const SECRET = "hunter2";
  it.each([
    ["text", `${SECRET}:x:0:0\n${SECRET}:y:1:1\n`, "missing-column", ""],
    ["quotes", `a,y\n"${SECRET}" ${SECRET},2\n`, "invalid-cell", ", line 2"],
    ["rows of different lengths", `a,y\n${SECRET}\n`, "invalid-cell", ", line 2"],
    ["words in a column", `a,y\n1,2\n1,${SECRET}\n`, "invalid-cell", ', line 3, column "y"'],
    ["a column twice", `${SECRET},${SECRET}\n1,2\n`, "invalid-shape", ""],
    ["a header", `${SECRET},y\n`, "empty-data", ""],
  ])("made of %s is not quoted", async (_what, text, code, place) => {
    const path = join(root, "open/secret");
    writeFileSync(path, text);
    const fault = await faultOf(() => readColumns(path, ["a"], ["y"]));
    expect(fault).toMatchObject({ code });
    expect(fault.cause).toBeUndefined();
    expect(fault.message).toContain(`${path}${place}: `);
    expect(
      JSON.stringify([fault.message, fault.expected, fault.got, fault.argument]),
    ).not.toContain(SECRET);
  });

  it("but a folder or a pipe is not waited for", async () => {
    const fault = await faultOf(() => readColumns(join(root, "open"), ["a"], ["y"]));
    expect(fault).toMatchObject({ code: "file" });
  });
});
