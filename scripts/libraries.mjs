/**
 * The packages that the bundle of the command and newton-nn/sweep is made of, and their licences.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What the sources import, and what that brings with it. */
export const LIBRARIES = {
  ajv: ["fast-deep-equal", "fast-uri", "json-schema-traverse"],
  "cli-progress": [
    "ansi-regex",
    "emoji-regex",
    "is-fullwidth-code-point",
    "string-width",
    "strip-ansi",
  ],
  commander: [],
  "csv-parse": [],
  "csv-stringify": [],
  jsep: [],
  jstat: [],
  "proper-lockfile": ["graceful-fs", "retry"],
  workerpool: [],
  yaml: [],
};

/** All of them, with the library that brings each. */
const OWNERS = new Map(
  Object.entries(LIBRARIES).flatMap(([library, brought]) =>
    [library, ...brought].map((name) => [name, library]),
  ),
);

/** The library that a module comes with. @throws when no library of the list has it */
export function libraryOf(module) {
  const { name } = readManifest(packageOf(module));
  const library = OWNERS.get(name);
  if (library === undefined) throw new Error(`${name} is not among scripts/libraries.mjs`);
  return library;
}

/** The folder of the package that a module belongs to. */
export function packageOf(module) {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(module)[0];
}

const readManifest = (folder) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

/** @throws unless the packages in these folders are all those of the list, each once */
export function checkLibraries(folders) {
  const found = [...folders].map((folder) => readManifest(folder).name).sort();
  const listed = [...OWNERS.keys()].sort();
  if (found.join() === listed.join()) return;
  throw new Error(
    `the bundle is made of ${found.join(", ")}, and scripts/libraries.mjs lists ${listed.join(", ")}`,
  );
}

/** The notices that go with the bundle: name, version and the text of each licence. */
export function licenceTexts(folders) {
  const parts = [...folders].map((folder) => {
    const { name, version } = readManifest(folder);
    const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
    if (files.length === 0) throw new Error(`${name} ${version} comes without a licence`);
    const texts = files.sort().map((file) => readFileSync(join(folder, file), "utf8").trim());
    return `${name} ${version}\n\n${texts.join("\n\n").replaceAll("\r\n", "\n")}\n`;
  });
  const line = `\n${"-".repeat(80)}\n\n`;
  return `The command and newton-nn/sweep contain parts of these packages.\n${line}${parts.sort().join(line)}`;
}
