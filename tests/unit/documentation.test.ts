import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandsOf, type Shown, shownOutputs, withoutVarying } from "./printed.js";

const root = join(import.meta.dirname, "../..");
const command = join(root, "dist/cli/main.js");
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
  symlinkSync(join(root, "examples"), join(workplace, "examples"));
  const short = ["--interpolate", "--max-steps", "5", "--out", "model.json"];
  const args = ["train", "data.csv", "--target", "y", ...short];
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

describe("what the documents show as printed", () => {
  const shown = pages
    .map((page) => ({ page, blocks: shownOutputs(page, read(page)) }))
    .filter(({ blocks }) => blocks.length > 0);

  it("is some", () => expect(shown.length).toBeGreaterThanOrEqual(2));

  // A page at a time: one block may use the files of another.
  it.each(shown)("$page", ({ blocks }) => {
    const printed = blocks.map((block) => withoutVarying(print(block), block.varies));
    expect(printed).toEqual(blocks.map(({ output, varies }) => withoutVarying(output, varies)));
  });

  /** What the code of a block prints now. */
  function print(block: Shown): string {
    const options = { cwd: workplace, encoding: "utf8" } as const;
    if (block.language === "sh") {
      return commandsOf(block)
        .map((args) => execFileSync(process.execPath, [command, ...args], options))
        .join("");
    }
    const file = join(folder, `${block.name.replaceAll(/\W+/g, "-")}-printed.mjs`);
    writeFileSync(file, block.code);
    return execFileSync(process.execPath, [file], options);
  }
});

describe("a block of text in a document", () => {
  const code = "```js\nprint();\n```\n";

  it("belongs to the code before it", () => {
    const page = `${code}\n<!-- varies: \\d+ s -->\n\n\`\`\`text\n3 s, 4\n\`\`\`\n`;
    const [block, ...rest] = shownOutputs("p", page);
    expect(rest).toEqual([]);
    expect(block).toMatchObject({ language: "js", code: "print();\n", output: "3 s, 4\n" });
    expect(withoutVarying("12 s, 4\n", block!.varies)).toBe("(varies), 4\n");
    expect(() => withoutVarying("no time", block!.varies)).toThrow(/nothing here varies/);
  });

  it.each([
    ["```text\n1\n```\n"],
    [`${code}A sentence.\n\n\`\`\`text\n1\n\`\`\`\n`],
    ["```yaml\na: 1\n```\n```text\n1\n```\n"],
  ])("is refused where nothing would check it: %j", (page) => {
    expect(() => shownOutputs("p", page)).toThrow(/p, block \d: expected code/);
  });

  it("may follow plain commands alone", () => {
    const shown = (code: string) => ({ name: "p", language: "sh", code, output: "", varies: [] });
    expect(commandsOf(shown("npx newton-nn info m.json\n"))).toEqual([["info", "m.json"]]);
    expect(() => commandsOf(shown("npx newton-nn info m.json | head\n"))).toThrow(/plain lines/);
    expect(() => commandsOf(shown("ls\n"))).toThrow(/plain lines/);
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
  const lines = read("bindings/support/errors.ts").matchAll(/^ {2}\| "([a-z-]+)"/gm);
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
