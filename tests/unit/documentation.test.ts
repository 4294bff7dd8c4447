import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const pages = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const read = (page: string) => readFileSync(join(root, page), "utf8");

const examples = pages.flatMap((page) =>
  [...read(page).matchAll(/^```js\n(.*?)^```$/gms)].map(([, code], index) => ({
    name: `${page}, ${index + 1}`,
    code: code!,
  })),
);

/** Inside the package, where its own name resolves to what was built. */
const folder = join(root, "build/documentation");
/** Where the examples run: a place with the files they speak of. */
let workplace: string;

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  workplace = mkdtempSync(join(tmpdir(), "newton-nn-documentation-"));
  writeFileSync(join(workplace, "data.csv"), "a,y\n0,1\n0.5,2\n1,0\n0.2,1.5\n");
  const command = join(root, "dist/cli/main.js");
  const args = ["train", "data.csv", "--target", "y", "--max-steps", "5", "--out", "model.json"];
  execFileSync(process.execPath, [command, ...args], { cwd: workplace });
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(workplace, { recursive: true, force: true });
});

describe("every JavaScript example runs", () => {
  it("there are some", () => expect(examples.length).toBeGreaterThanOrEqual(3));

  it.each(examples)("$name", ({ name, code }) => {
    const file = join(folder, `${name.replaceAll(/\W+/g, "-")}.mjs`);
    writeFileSync(file, code);
    const output = execFileSync(process.execPath, [file], { cwd: workplace, encoding: "utf8" });
    expect(output).not.toBe("");
    expect(output).not.toMatch(/NaN|undefined/);
  });
});

describe("every link inside the documentation leads somewhere", () => {
  const links = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map(([, target]) => ({
      page,
      target: target!,
    })),
  );

  it.each(links)("$page: $target", ({ page, target }) => {
    expect(existsSync(join(root, dirname(page), target))).toBe(true);
  });
});

describe("every error code", () => {
  const lines = read("bindings/errors.ts").matchAll(/^ {2}\| "([a-z-]+)"/gm);
  const codes = [...lines].map(([, code]) => code!);

  it("there are some", () => expect(codes.length).toBeGreaterThan(10));

  it.each(codes)("%s is in docs/errors.md", (code) => {
    expect(read("docs/errors.md")).toContain(`\`${code}\``);
  });
});

it("the list of licences is that of the lock file", () => {
  const options = { cwd: root, encoding: "utf8" } as const;
  const made = execFileSync(process.execPath, ["scripts/licenses.mjs", "--print"], options);
  expect(read("docs/licenses.md")).toBe(made);
  expect(made).not.toMatch(/\b(?:GPL|AGPL|LGPL|UNLICENSED|SSPL)/);
});
