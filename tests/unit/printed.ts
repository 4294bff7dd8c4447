/** What documents show as printed: a ```text block, directly after the code that prints it. */
export interface Shown {
  /** Page and number of the block, for the name of a test. */
  readonly name: string;
  readonly language: string;
  readonly code: string;
  readonly output: string;
  /** What differs from run to run, such as times: `<!-- varies: pattern -->` above the block. */
  readonly varies: readonly RegExp[];
}

/** A fenced block; the closing fence is alone on its line. */
const BLOCK = /^```(\w+)\n(.*?)^```$/gms;
const BETWEEN = /^\s*(?:<!-- varies: .* -->\s*)*$/;
const VARIES = /<!-- varies: (.*) -->/g;

/** @throws Error for an output that no code stands before: nothing would check it */
export function shownOutputs(page: string, text: string): Shown[] {
  const blocks = [...text.matchAll(BLOCK)];
  return blocks.flatMap((block, index) => {
    const [, kind, output] = block;
    if (kind !== "text") return [];
    const name = `${page}, block ${index + 1}`;
    const before = blocks[index - 1];
    const between = before && text.slice(before.index + before[0].length, block.index);
    const language = before?.[1];
    if (between === undefined || !BETWEEN.test(between) || !/^(?:js|sh)$/.test(language ?? "")) {
      throw new Error(`${name}: expected code in js or sh directly before a block of text`);
    }
    const varies = [...between.matchAll(VARIES)].map(([, pattern]) => new RegExp(pattern!, "g"));
    return [{ name, language: language!, code: before![2]!, output: output!, varies }];
  });
}

/** A text without what is declared to vary. @throws Error for a declaration that nothing matches */
export function withoutVarying(text: string, varies: readonly RegExp[]): string {
  return varies.reduce((rest, pattern) => {
    const replaced = rest.replaceAll(pattern, "(varies)");
    if (replaced === rest)
      throw new Error(`nothing here varies as ${pattern.source} says: ${rest}`);
    return replaced;
  }, text);
}

/** The commands of a block of shell: `npx newton-nn` and what it is given, a line each. */
export function commandsOf({ name, code }: Shown): string[][] {
  return code
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [npx, program, ...args] = line.split(" ");
      if (npx === "npx" && program === "newton-nn" && !/["'\\|<>$]/.test(line)) return args;
      throw new Error(`${name}: expected plain lines of npx newton-nn, got ${line}`);
    });
}
