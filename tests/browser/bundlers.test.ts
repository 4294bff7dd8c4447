import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isInstalled, launch } from "./browsers.js";
import { bundlers } from "./bundlers.js";
import { serve } from "./server.js";

const root = join(import.meta.dirname, "../..");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "newton-nn-bundle-"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/newton-nn"), "dir");
  writeFileSync(join(folder, "package.json"), '{ "type": "module", "private": true }');
  copyFileSync(join(root, "tests/browser/app.js"), join(folder, "app.js"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!isInstalled("chromium"))("an application built by", () => {
  it.each(Object.keys(bundlers))(
    "%s loads from static files and trains, in a worker too",
    async (name) => {
      await bundlers[name]!(folder);
      writeFileSync(
        join(folder, "dist/index.html"),
        '<!doctype html><script type="module" src="app.js"></script>',
      );
      const site = await serve(join(folder, "dist"));
      const browser = await launch("chromium");
      try {
        const page = await browser.newPage();
        await page.goto(`${site.url}/plain/index.html`);
        await page.waitForFunction(() => "result" in globalThis);
        const result = await page.evaluate(
          () => (globalThis as unknown as { result: unknown }).result,
        );
        expect(result).toEqual({ loss: expect.any(Number), same: true });
        expect((result as { loss: number }).loss).toBeLessThan(1e-6);
      } finally {
        await browser.close();
        site.close();
      }
    },
  );
});

describe.skipIf(!isInstalled("chromium"))("the web component of the examples", () => {
  it("draws its points and what a network learns from them", async () => {
    copyFileSync(join(root, "examples/embedding/newton-fit.js"), join(folder, "app.js"));
    copyFileSync(join(root, "examples/embedding/draw.js"), join(folder, "draw.js"));
    await bundlers.esbuild!(folder);
    const points = Array.from({ length: 15 }, (_, m) => [m / 14, Math.sin(m / 3)]);
    const page = `<!doctype html><script type="module" src="app.js"></script>
      <newton-fit width="30">${JSON.stringify(points)}</newton-fit>
      <newton-fit width="0">[[0, 1]]</newton-fit>`;
    writeFileSync(join(folder, "dist/index.html"), page);
    const site = await serve(join(folder, "dist"));
    const browser = await launch("chromium");
    try {
      const opened = await browser.newPage();
      await opened.goto(`${site.url}/plain/index.html`);
      const first = opened.locator("newton-fit").first();
      await first.locator("polyline").waitFor({ state: "attached" });
      expect(await first.locator("circle").count()).toBe(15);
      const faulty = opened.locator("newton-fit").nth(1);
      await faulty.getByText("options.width").waitFor();
    } finally {
      await browser.close();
      site.close();
    }
  });
});

describe("the size of the package in an application", () => {
  it("is at most 60 kB compressed, with the core it loads", async () => {
    writeFileSync(
      join(folder, "app.js"),
      'import { Network, train } from "newton-nn"; globalThis.use = [Network, train];',
    );
    await bundlers.esbuild!(folder);
    const output = join(folder, "dist");
    // Other builds of the core and the worker are chunks of their own, which are loaded when they are asked for.
    const loaded = readdirSync(output).filter(
      (name) => !/^(relaxed|simd-threads|worker)/.test(name),
    );
    expect(loaded.some((name) => name.startsWith("simd"))).toBe(true);
    const bytes = loaded.reduce(
      (sum, name) => sum + gzipSync(readFileSync(join(output, name)), { level: 9 }).length,
      0,
    );
    console.log(`${loaded.join(", ")}: ${bytes} bytes compressed`);
    expect(bytes).toBeLessThanOrEqual(60_000);
  });
});
