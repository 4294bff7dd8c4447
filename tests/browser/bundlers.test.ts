import { execFileSync } from "node:child_process";
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
import * as esbuild from "esbuild";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildNames } from "../../bindings/engine/load.js";
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

async function bundleInOneFile(folder: string) {
  const result = await esbuild.build({
    entryPoints: [join(folder, "app.js")],
    bundle: true,
    format: "esm",
    minify: true,
    outfile: join(folder, "dist/app.js"),
    write: false,
  });
  return result.outputFiles;
}

/** Builds whose whole binary stands in a text. */
function carriedBuilds(text: string): string[] {
  return buildNames.filter((build) => {
    const source = readFileSync(join(root, `dist/engine/generated/${build}.js`), "utf8");
    return text.includes(/"([^"]{1000,})"/.exec(source)![1]!);
  });
}

async function runInOneFile(folder: string): Promise<[number, string | null, string, string]> {
  const [file] = await bundleInOneFile(folder);
  // In a folder of its own, where no other build can be found beside it.
  mkdirSync(join(folder, "alone"));
  const path = join(folder, "alone/app.js");
  writeFileSync(path, file!.contents);
  const output = execFileSync(process.execPath, [path], { encoding: "utf8" });
  return JSON.parse(output) as [number, string | null, string, string];
}

describe("the size of the package in an application", () => {
  it("is at most 79.5 kB compressed, with the core it loads", async () => {
    writeFileSync(
      join(folder, "app.js"),
      'import { Network, train } from "newton-nn"; globalThis.use = [Network, train];',
    );
    await bundlers.esbuild!(folder);
    const output = join(folder, "dist");
    // The worker is a chunk of its own, which is loaded when it is asked for.
    const loaded = readdirSync(output).filter((name) => !name.startsWith("worker"));
    expect(loaded.some((name) => name.startsWith("simd"))).toBe(true);
    const bytes = loaded.reduce(
      (sum, name) => sum + gzipSync(readFileSync(join(output, name)), { level: 9 }).length,
      0,
    );
    console.log(`${loaded.join(", ")}: ${bytes} bytes compressed`);
    expect(bytes).toBeLessThanOrEqual(79_500);
  });

  it("has one build of the core in it when it is one file", async () => {
    writeFileSync(
      join(folder, "app.js"),
      'import { Network, train } from "newton-nn"; globalThis.use = [Network, train];',
    );
    const [file] = await bundleInOneFile(folder);
    expect(carriedBuilds(file!.text)).toEqual(["simd"]);
  });
});

describe("an application in one file", () => {
  it("has what the theory needs when it imports the theory", async () => {
    const source = `import { limitNtk } from "newton-nn/theory";
      console.log(JSON.stringify(await limitNtk([1, 2])));`;
    writeFileSync(join(folder, "app.js"), source);
    const [file] = await bundleInOneFile(folder);
    expect(carriedBuilds(file!.text)).toEqual(["simd", "simd-theory"]);
    expect(Object.keys(await runInOneFile(folder))).toHaveLength(4);
  });

  const program = `
    import { createEngine, Network } from "newton-nn";
    const engine = await createEngine({ threads: 2 });
    const network = await Network.create({ width: 2, worker: { threads: 2 } });
    const fault = await createEngine({ variant: "relaxed" }).catch((error) => error);
    console.log(JSON.stringify([engine.threads, engine.threadsNote, fault.code, fault.message]));
    engine.dispose();
    network.dispose();`;

  it("has one thread and says which import gives it more", async () => {
    writeFileSync(join(folder, "app.js"), program);
    const [threads, note, code, message] = await runInOneFile(folder);
    expect(threads).toBe(1);
    expect(note).toContain('import "newton-nn/builds/simd-threads"');
    expect(code).toBe("load-failed");
    expect(message).toContain('import "newton-nn/builds/relaxed"');
  });

  it("has the threads whose build it imports", async () => {
    const source = `import "newton-nn/builds/simd-threads"; ${program}`;
    writeFileSync(join(folder, "app.js"), source);
    const [file] = await bundleInOneFile(folder);
    expect(carriedBuilds(file!.text)).toEqual(["simd", "simd-threads"]);
    const [threads, note] = await runInOneFile(folder);
    expect([threads, note]).toEqual([2, null]);
  });
});
