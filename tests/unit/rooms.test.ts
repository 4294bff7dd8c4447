import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");

/** The rows of one half of the drawing of docs/architecture.md, each its folders and files. */
function rowsOf(half: string): string[][] {
  const page = readFileSync(join(root, "docs/architecture.md"), "utf8");
  const [, drawing = ""] = page.split(`\n ${half}/\n`);
  const [rows = ""] = drawing.split("\n  v\n");
  return rows.split("\n").map((row) => row.match(/(?<=\s)[\w-]+(?:\/|\.ts)(?=\s)/g) ?? []);
}

/** Its folder with a slash, or the file itself where it is in none. */
function roomOf(path: string): string {
  const [first, ...rest] = path.split("/");
  return rest.length === 0 ? first! : `${first}/`;
}

const SPECIFIERS = [
  /\bfrom\s+"(\.[^"]+)"/g,
  /\bimport\s+"(\.[^"]+)"/g,
  /\bimport\(\s*"(\.[^"]+)"/g,
  /\bnew URL\("(\.[^"]+\.js)", import\.meta\.url\)/g,
];

/** As TypeScript for Node writes the name of a file, and as AssemblyScript does. */
const ENDING = /(?:\.js)?$/;

/** What a source imports, types and later loads included, as paths below its half. */
function importsOf(half: string, path: string): string[] {
  const source = readFileSync(join(root, half, path), "utf8");
  return SPECIFIERS.flatMap((pattern) => [...source.matchAll(pattern)]).map(([, specifier]) =>
    join(dirname(path), specifier!.replace(ENDING, ".ts")),
  );
}

describe.each(["bindings", "assembly"])("imports in %s/", (half) => {
  const rows = rowsOf(half);
  const floor = new Map(rows.flatMap((rooms, row) => rooms.map((room) => [room, row] as const)));
  const sources = readdirSync(join(root, half), { recursive: true, encoding: "utf8" }).filter(
    (path) => path.endsWith(".ts") && !path.includes("generated/"),
  );

  it("the drawing has every room once", () => {
    expect(rows.flat().sort()).toEqual([...new Set(sources.map(roomOf))].sort());
  });

  const imports = new Map(sources.map((path) => [path, importsOf(half, path)]));

  it("none goes up, or to a room beside", () => {
    const pairs = [...imports].flatMap(([path, found]) =>
      found.map((imported) => [path, imported]),
    );
    expect(pairs.length).toBeGreaterThan(sources.length);
    const wrong = pairs.filter((pair) => {
      const [from, to] = pair.map((path) => roomOf(path!));
      return from !== to && !(floor.get(to!)! > floor.get(from!)!);
    });
    expect(wrong.map((pair) => pair.join(" -> "))).toEqual([]);
  });

  it("none leads back to where it came from", () => {
    const open = new Set(imports.keys());
    const isFree = (path: string) => imports.get(path)!.every((imported) => !open.has(imported));
    for (let before = 0; before !== open.size; ) {
      before = open.size;
      for (const path of open) if (isFree(path)) open.delete(path);
    }
    expect([...open]).toEqual([]);
  });
});
