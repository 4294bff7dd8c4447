import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { init } from "../../bindings/index.js";
import { root } from "./command.js";
import { factsOf, faultOf } from "./support.js";

const path = join(root, "dist/wasm/simd.wasm");
const binary = readFileSync(path);

let server: Server;
let site: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === "/simd.wasm") response.end(binary);
    else if (request.url === "/page") {
      response.setHeader("Content-Type", "text/html");
      response.end("<!doctype html>");
    } else {
      response.statusCode = 404;
      response.setHeader("Content-Type", "text/plain");
      response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

describe("init", () => {
  it.each<[string, () => Parameters<typeof init>[0]["wasm"]]>([
    ["a URL", () => new URL(`${site}/simd.wasm`)],
    ["an address", () => `${site}/simd.wasm`],
    ["a file", () => pathToFileURL(path)],
    ["bytes", () => Uint8Array.from(binary)],
    ["a module", () => new WebAssembly.Module(Uint8Array.from(binary))],
  ])("takes the core from %s", async (_name, wasm) => {
    await expect(init({ wasm: wasm() })).resolves.toBeUndefined();
  });

  it("says which URL, status and content type came", async () => {
    const missing = await faultOf(() => init({ wasm: `${site}/none.wasm` }));
    expect(missing).toMatchObject({ name: "ResourceError", code: "load-failed" });
    expect(missing.message).toContain(`${site}/none.wasm: status 404, content type text/plain`);
    const page = await faultOf(() => init({ wasm: `${site}/page` }));
    expect(page.message).toContain("status 200, content type text/html, and no WebAssembly binary");
    const file = await faultOf(() => init({ wasm: pathToFileURL(join(root, "package.json")) }));
    expect(file).toMatchObject({
      code: "load-failed",
      got: expect.stringContaining("no WebAssembly"),
    });
    const silent = await faultOf(() => init({ wasm: "http://127.0.0.1:9/simd.wasm" }));
    expect(silent).toMatchObject({
      code: "load-failed",
      got: expect.stringContaining("no answer"),
    });
  });

  it("refuses another build than it is told", async () => {
    const theory = readFileSync(join(root, "dist/wasm/simd-theory.wasm"));
    const facts = await factsOf(() => init({ wasm: Uint8Array.from(theory) }));
    expect(facts).toMatchObject({
      argument: "options.wasm",
      expected: expect.stringMatching('"simd"'),
    });
    const whole = readFileSync(join(root, "dist/wasm/simd-threads.wasm"));
    for (const build of ["simd-theory", "simd-threads"] as const) {
      const alone = await factsOf(() => init({ wasm: Uint8Array.from(binary), build }));
      expect(alone.argument).toBe("options.wasm");
      await init({ wasm: Uint8Array.from(build === "simd-theory" ? theory : whole), build });
    }
  });

  it.each<[unknown, string]>([
    [{ wasm: 5 }, "options.wasm"],
    [{ wasm: "not a url" }, "options.wasm"],
    [{ wasm: new Uint8Array(8) }, "options.wasm"],
    [{ wasm: new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)) }, "options.wasm"],
    [{ wasm: new Uint8Array(8), build: "fast" }, "options.build"],
    [{ url: "x" }, "options.url"],
  ])("refuses %j", async (options, argument) => {
    expect((await factsOf(() => init(options as Parameters<typeof init>[0]))).argument).toBe(
      argument,
    );
  });
});

describe("newton-nn/url", () => {
  it("is the same package, with the core in files beside it", async () => {
    const inline = await import(join(root, "dist/index.js"));
    const separate = await import(join(root, "dist/url.js"));
    expect(Object.keys(separate)).toEqual(Object.keys(inline));
    const network = await separate.Network.create({ width: 5, seed: 3 });
    expect(network.predict([0.5])).toHaveLength(1);
    const { limitNtk } = await import(join(root, "dist/theory.js"));
    expect(await limitNtk([0.5, 1])).toHaveLength(4);
  });
});
