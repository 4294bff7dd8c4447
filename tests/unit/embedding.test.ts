import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "./command.js";

interface Reply {
  readonly statusCode: number;
  json(): Record<string, unknown>;
}
interface Server {
  inject(request: { method: string; url: string; payload: unknown }): Promise<Reply>;
  close(): Promise<void>;
}

let server: Server;
beforeAll(async () => {
  const { createServer } = await import(`${root}/examples/embedding/endpoint.mjs`);
  server = createServer();
});
afterAll(() => server.close());

const post = (payload: unknown) => server.inject({ method: "POST", url: "/fit", payload });

describe("the endpoint of the examples", () => {
  it("fits what it is sent", async () => {
    const x = Array.from({ length: 20 }, (_, m) => m / 19);
    const reply = await post({ x, y: x.map((t) => t * t), at: [0.5], width: 20 });
    expect(reply.statusCode).toBe(200);
    expect(reply.json()).toMatchObject({ reason: "loss" });
    expect(Math.abs((reply.json().values as number[])[0]! - 0.25)).toBeLessThan(1e-3);
  });

  it.each([
    [{ x: [1, 2], y: [1] }, 422, "invalid-shape"],
    [{ x: [1], y: [1], width: 0 }, 422, "invalid-argument"],
    [{ x: [1], y: [1], width: 501 }, 400, "FST_ERR_VALIDATION"],
    [{ x: [1], y: [1], width: 1e9 }, 400, "FST_ERR_VALIDATION"],
    [{ x: [1] }, 400, "FST_ERR_VALIDATION"],
  ])("refuses %j", async (payload, status, code) => {
    const reply = await post(payload);
    expect({ status: reply.statusCode, code: reply.json().code }).toEqual({ status, code });
  });
});

describe("the notebook cell of the examples", () => {
  interface Picture {
    readonly step: number;
    readonly loss: number;
    readonly svg: string;
  }
  const points = Array.from({ length: 20 }, (_, m) => [m / 19, Math.sin((8 * m) / 19)]);

  async function load(): Promise<(points: unknown) => AsyncGenerator<Picture>> {
    return (await import(`${root}/examples/embedding/cell.js`)).fitCell;
  }

  it("shows the fit as it is learned, with the steps of one run", async () => {
    const pictures: Picture[] = [];
    for await (const picture of (await load())(points)) pictures.push(picture);
    expect(pictures.length).toBeGreaterThan(2);
    expect(pictures.at(-1)!.loss).toBeLessThan(1e-10);
    expect(pictures.at(-1)!.svg).toMatch(/^<svg .*<polyline points="12/s);
    pictures.slice(1).forEach((picture, i) => {
      expect(picture.loss).toBeLessThan(pictures[i]!.loss);
      expect(picture.step).toBeGreaterThan(pictures[i]!.step);
    });
  });

  it("ends when the notebook lets go of it", async () => {
    const cell = (await load())(points);
    expect((await cell.next()).done).toBe(false);
    expect((await cell.return(undefined)).done).toBe(true);
    expect((await cell.next()).done).toBe(true);
  });
});
