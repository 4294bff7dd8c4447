import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "./command.js";

it("the loops of the microkernel are those of their template", async () => {
  const { output, source } = await import(join(root, "scripts/microkernel.mjs"));
  expect(readFileSync(output, "utf8")).toBe(source());
});
