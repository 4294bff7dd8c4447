import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findBrowser, skipNotice } from "../browser/find.js";

/** Tests in browsers find them wherever they are installed, and are never skipped in silence. */

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "newton-nn-find-"));
  for (const name of ["one", "two"]) mkdirSync(join(folder, name));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function program(place: string, mode = 0o755): string {
  const path = join(folder, place);
  writeFileSync(path, "#!/bin/sh\n");
  chmodSync(path, mode);
  return path;
}

const search = { variable: "BROWSER_HERE", programs: ["first", "second"] };
const PATH = () => ["one", "two"].map((name) => join(folder, name)).join(delimiter);

describe("a browser", () => {
  it("is found on the path, by the first of its names", () => {
    program("one/first", 0o644);
    const second = program("one/second");
    expect(findBrowser(search, { PATH: PATH() })).toBe(second);
    const first = program("two/first");
    expect(findBrowser(search, { PATH: PATH() })).toBe(first);
  });

  it("is the one that the environment names", () => {
    program("one/first");
    const other = program("other");
    expect(findBrowser(search, { PATH: PATH(), BROWSER_HERE: other })).toBe(other);
    expect(() => findBrowser(search, { PATH: PATH(), BROWSER_HERE: `${other}-not` })).toThrow(
      /BROWSER_HERE: .*other-not cannot be run/,
    );
  });

  it("that is missing is said to be", () => {
    expect(findBrowser(search, { PATH: PATH() })).toBeNull();
    expect(findBrowser(search, {})).toBeNull();
    expect(skipNotice("it", search)).toMatch(/^SKIPPED: .*first, second.*PATH.*BROWSER_HERE/);
  });
});
