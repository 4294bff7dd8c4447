/** The works that bench/ times: that they are what the core can do now, each at a small size. */
import { expect, it } from "vitest";
// @ts-expect-error: plain JavaScript
import { loadCore } from "../../bench/kernels/core.mjs";
// @ts-expect-error: plain JavaScript
import { suites } from "../../bench/kernels/suites.mjs";
// @ts-expect-error: plain JavaScript
import { ours } from "../../bench/native/work.mjs";

const core = await loadCore("simd");

it.each(Object.keys(ours))("beside native code: %s", (work) => {
  core.reset();
  const run = ours[work](core, 20);
  run();
  // The second repetition has the data of the first.
  expect(run()).toBeGreaterThan(0);
});

interface Suite {
  readonly name: string;
  readonly sizes: readonly number[];
  setup(on: unknown, size: number): { work(): void; flops?: number; elements?: number };
}

it.each(suites as Suite[])("of one kernel: $name", ({ setup, sizes }) => {
  core.reset();
  const { work, flops, elements } = setup(core, sizes[0]!);
  work();
  work();
  expect(flops ?? elements).toBeGreaterThan(0);
});
