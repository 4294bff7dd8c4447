import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { browserNames, isInstalled, launch } from "./browsers.js";
import { serve } from "./server.js";

const root = join(import.meta.dirname, "../..");

let folder: string;
let site: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "newton-nn-demo-"));
  const { build } = await import("vite");
  await build({
    root: join(root, "examples/demo"),
    logLevel: "error",
    build: { outDir: folder, emptyOutDir: true },
  });
  site = await serve(folder);
});
afterAll(() => {
  site?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Name, steps and loss of each row of the table. */
function rows(page: Page): Promise<{ name: string; steps: number; loss: number }[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll("#table tbody tr")].map((row) => {
      const [name, steps, loss] = [...row.children].map((cell) => cell.textContent ?? "");
      return { name: name!, steps: Number(steps), loss: Number(loss) };
    }),
  );
}

/**
 * Waits for a condition of the page; what the page says when it does not come is part of the error.
 */
async function until(page: Page, script: string): Promise<void> {
  try {
    await page.waitForFunction(script, undefined, { timeout: 20_000 });
  } catch (cause) {
    const said = await page.textContent("#status");
    throw new Error(
      `${script} did not come; the page says "${said}", ${JSON.stringify(await rows(page))}`,
      { cause },
    );
  }
}

describe.each(browserNames)("the demo page in %s", (name) => {
  describe.skipIf(!isInstalled(name))("clicked through", () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launch(name);
    });
    afterAll(() => browser?.close());

    it("learns, steps, pauses, takes points of one's own and fits a phone", async () => {
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on(
        "console",
        (message) => message.type() === "error" && complaints.push(message.text()),
      );
      await page.setViewportSize({ width: 1200, height: 1100 });
      await page.goto(`${site.url}/plain/index.html`);
      await until(page, 'document.querySelectorAll("#table tbody tr").length === 4');
      expect(new Set((await rows(page)).map(({ loss }) => loss)).size).toBe(1);

      await page.click("#step");
      await until(
        page,
        '[...document.querySelectorAll("#table tbody td:nth-child(2)")].every((cell) => cell.textContent === "1")',
      );

      await page.click("#run");
      await until(
        page,
        'Number(document.querySelector("#table tbody tr:nth-child(4) td:nth-child(3)").textContent) < 1e-6',
      );
      await page.click("#run");
      await until(page, 'document.querySelector("#status").textContent === "Paused."');
      const learned = await rows(page);
      const newton = learned.find((row) => row.name.startsWith("Newton"))!;
      for (const row of learned) if (row !== newton) expect(row.loss).toBeGreaterThan(newton.loss);
      mkdirSync(join(root, "build"), { recursive: true });
      await page.screenshot({ path: join(root, `build/demo-${name}.png`), fullPage: true });

      // In Firefox a download takes the focus away from the page, and says nothing of itself here.
      if (name === "chromium") {
        const download = page.waitForEvent("download");
        await page.click("#export");
        expect((await download).suggestedFilename()).toBe("run.json");
        const picture = page.waitForEvent("download");
        await page.click("#picture");
        const path = join(root, "build/demo-figure.png");
        await (await picture).saveAs(path);
        expect(readFileSync(path).subarray(1, 4).toString()).toBe("PNG");
      }

      await page.setViewportSize({ width: 380, height: 800 });
      await page.click("#fit .u-over", { position: { x: 60, y: 40 } });
      await until(page, 'document.querySelector("#target").value === "points of your own"');
      await until(page, 'document.querySelector("#status").textContent.startsWith("Ready")');
      await page.focus("#run");
      await page.keyboard.press("Enter");
      await until(
        page,
        '[...document.querySelectorAll("#table tbody td:nth-child(2)")].every((cell) => Number(cell.textContent) > 0)',
      );
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - window.innerWidth,
      );
      expect(overflow).toBeLessThanOrEqual(0);
      await page.screenshot({ path: join(root, `build/demo-phone-${name}.png`) });

      await page.click("#paste summary");
      await page.fill("#pasted", "x;y\n3;1\n1;2\nhere\n");
      await page.click("#use");
      await until(page, 'document.querySelector("#status").textContent.includes("Row 3")');
      await page.fill("#pasted", "x;y\n3;1\n1;2\n2;7\n");
      await page.click("#use");
      await until(page, 'document.querySelector("#status").textContent.startsWith("Ready")');
      await page.click("#run");
      await until(
        page,
        'Number(document.querySelector("#table tbody tr:nth-child(4) td:nth-child(3)").textContent) < 1e-10',
      );

      await page.fill("#width", "0");
      await page.keyboard.press("Tab");
      await until(page, 'document.querySelector("#status").textContent.includes("options.width")');
      expect(complaints).toEqual([]);
      await page.close();
    });
  });
});
