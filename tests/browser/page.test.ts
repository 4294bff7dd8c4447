import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decode, readData } from "../reference/support.js";
import { runAlone } from "./alone.js";
import { browserNames, isInstalled, launch, programOf } from "./browsers.js";
import { type Site, serve } from "./server.js";

const root = join(import.meta.dirname, "../..");
const dist = await import(join(root, "dist/index.js"));
const work = await import(join(root, "tests/browser/page/work.js"));

let site: Site;
beforeAll(async () => {
  site = await serve(root);
});
afterAll(() => site.close());

interface Run {
  readonly reason: string;
  readonly steps: number;
}

interface Reference {
  readonly activation: string;
  readonly inputs: number;
  readonly width: number;
  readonly samples: number;
  readonly beta: number;
  readonly theta: string;
  readonly x: string;
  readonly y: string;
  readonly gradient: string;
}

/**
 * Small networks of every activation with their gradients, by differences of the loss at 100
 * digits, as plain numbers.
 */
const references = readData<Reference[]>("derivatives.json").map(
  ({ theta, x, y, gradient, samples, inputs, ...rest }) => {
    const rows = Array.from(decode(x));
    const points = Array.from({ length: samples }, (_, m) =>
      rows.slice(m * inputs, (m + 1) * inputs),
    );
    return {
      ...rest,
      inputs,
      parameters: Array.from(decode(theta)),
      data: { x: points, y: Array.from(decode(y)) },
      expected: Array.from(decode(gradient)),
    };
  },
);

describe.each(browserNames)("in %s", (name) => {
  describe.skipIf(!isInstalled(name))("a page", () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launch(name);
    });
    afterAll(() => browser?.close());

    /**
     * Opens the page of a mode, runs one of work.js there, and fails on anything the page complains
     * of.
     */
    async function run(mode: string, task: string, ...args: unknown[]): Promise<unknown> {
      const page: Page = await browser.newPage();
      const complaints: string[] = [];
      page.on("pageerror", (error) => {
        // Firefox tells here what a policy has refused, which the strict page is there for.
        if (!String(error).includes("Content-Security-Policy")) complaints.push(String(error));
      });
      await page.goto(`${site.url}/${mode}/tests/browser/page/index.html`);
      await page.waitForFunction(() => "ready" in globalThis);
      const result = await page.evaluate(
        ([task, args]) =>
          (globalThis as unknown as { ready: Record<string, (...args: unknown[]) => unknown> })
            .ready[task as string]!(...(args as unknown[])),
        [task, args] as const,
      );
      await page.close();
      expect(complaints).toEqual([]);
      return result;
    }

    it.each([{}, { solver: "dense" }, { curvature: "exact" }, { method: "lbfgs" }])(
      "ends fifty steps with the bits of Node, on one thread and on two: %j",
      async (options) => {
        const expected = await work.newtonSteps(dist, 1, options);
        expect(await run("plain", "newtonSteps", 1, options)).toEqual(expected);
        expect(await run("isolated", "newtonSteps", 2, options)).toEqual({
          ...expected,
          threads: 2,
        });
      },
    );

    it("meets the references of the derivatives", async () => {
      expect(references.length).toBeGreaterThan(20);
      for (const error of (await run("plain", "derivativeErrors", references)) as number[]) {
        expect(error).toBeLessThan(80 * Number.EPSILON);
      }
    });

    it("has one thread where the page is not isolated, and says why", async () => {
      const result = await run("plain", "newtonSteps", 2);
      expect(result).toMatchObject({
        threads: 1,
        note: expect.stringContaining("cross-origin isolated"),
      });
    });

    it("works under a strict content security policy, without threads", async () => {
      const { bits } = await work.newtonSteps(dist, 1);
      const result = await run("strict", "newtonSteps", 2);
      expect(result).toMatchObject({ bits, threads: 1, note: expect.any(String) });
    });

    it("goes on bit for bit from a checkpoint of Node, and Node from one of the page", async () => {
      const whole = await work.finishRun(dist);
      expect(await run("plain", "finishRun", await work.startRun(dist, 20))).toBe(whole);
      expect(await work.finishRun(dist, await run("plain", "startRun", 20))).toBe(whole);
    });

    it("stays alive while it trains on its main thread", async () => {
      const { reason, steps } = (await run("plain", "trainForFrames", 20)) as Run;
      expect(reason).toBe("aborted");
      expect(steps).toBeGreaterThan(20);
    });

    it("trains in a worker with the same bits, with threads in it where the page is isolated", async () => {
      const { bits } = await work.newtonSteps(dist, 1);
      expect(await run("plain", "workerSteps", true)).toBe(bits);
      const task = ["isolated", "workerSteps", { threads: 2 }] as const;
      const nested = name === "firefox" ? runAlone(programOf(name), site, ...task) : run(...task);
      expect(await nested).toBe(bits);
    });

    it("keeps its frames while a worker trains N = 2000, and an abort ends the run", async () => {
      const seen = (await run("plain", "workerTrainsForFrames", 2000, 90)) as Run;
      console.log(`${name}, worker at N = 2000, milliseconds: ${JSON.stringify(seen)}`);
      expect(seen.reason).toBe("aborted");
      expect(seen.steps).toBeGreaterThan(0);
    });

    it("gives its memory back: 200 rounds of create, train, dispose", async () => {
      const bytes = (await run("plain", "rounds", 200)) as (number | null)[];
      expect(bytes).toHaveLength(200);
      const mebibytes = bytes.map((value) => (value === null ? null : Math.round(value / 2 ** 20)));
      console.log(
        `${name}, heap after 50 and 200 rounds: ${mebibytes[49]} and ${mebibytes[199]} MiB`,
      );
      // Far below what 150 networks that hang on would take: each has a memory of its own of 200 kB
      // and more.
      if (mebibytes[49] !== null) expect(mebibytes[199]! - mebibytes[49]!).toBeLessThan(16);
      expect(await run("plain", "rounds", 20, true)).toHaveLength(20);
    });
  });
});
