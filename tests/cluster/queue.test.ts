/** Sweeps over a queue, with real servers, real worker processes, and what can happen to them. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPostgresBackend, Queue, withBackend } from "bullmq";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { Network } from "../../bindings/index.js";
import { digestOfData, makeCell } from "../../bindings/lab/sweep/cell.js";
import { type Backend, joinQueue } from "../../bindings/lab/sweep/queue/backend.js";
import { jobIdOfData } from "../../bindings/lab/sweep/queue/coordinator.js";
import { shardedGradient } from "../../bindings/sweep.js";
import { command, execute, json } from "../unit/command.js";
import { type Server, servers } from "./servers.js";

const CELLS = 400;
const PLAN = `
settings: { samples: 48, maxSteps: 25, width: 50 }
grid: { target: [published, low], beta: [0.52, 0.75], seed: { from: 0, count: 100 } }
`;

let folder: string;
let expected: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "newton-nn-cluster-"));
  writeFileSync(join(folder, "plan.yaml"), PLAN);
  const few = "settings: { samples: 8, maxSteps: 2, width: 3 }\ngrid: { seed: [1, 2, 3] }";
  writeFileSync(join(folder, "few.yaml"), few);
  await sweepCommand("plan.yaml", "--out", "local", "--workers", "2");
  expected = summary("local");
  expect(expected.match(/,done,/g)).toHaveLength(CELLS);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sweepCommand = (...args: string[]) => execute(command, ["sweep", ...args], folder);
const summary = (out: string) => readFileSync(join(folder, out, "summary.csv"), "utf8");

function ended(child: ChildProcess): Promise<number | null> {
  return child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise((resolve) => child.once("exit", resolve));
}

/**
 * Lines that a summary would have for results that are written already, however often each is
 * there.
 */
function written(out: string): number {
  try {
    const text = readFileSync(join(folder, out, "cells.jsonl"), "utf8");
    return text.split("\n").filter((line) => line !== "").length;
  } catch {
    return 0;
  }
}

async function pause(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** A queue as another application would have it, by default or in the namespace of this package. */
function foreignQueue(kind: string, url: string, queue: string, near: boolean): Queue {
  if (kind === "redis") {
    return new Queue(queue, { connection: { url }, ...(near && { prefix: "newton-nn" }) });
  }
  const connection = { connectionString: url, migrate: true, ...(near && { schema: "newton_nn" }) };
  return new (withBackend(createPostgresBackend).Queue)(queue, { connection }) as unknown as Queue;
}

describe.each(servers)("a queue on $name", ({ name, installed, start, kills }) => {
  describe.skipIf(!installed)(
    `with a server (${installed ? "installed" : `NONE: install ${name}`})`,
    () => {
      let server: Server;
      let workers: ChildProcess[] = [];
      /** A queue of its own for each test: one that fails leaves its jobs to nobody. */
      let queue: string[] = [];
      let tests = 0;
      /** What the processes of a test said, shown when it fails. */
      let said = "";
      beforeAll(async () => {
        server = await start();
      });
      beforeEach(({ onTestFailed }) => {
        queue = ["--queue", server.url, "--queue-name", `test-${++tests}`];
        said = "";
        onTestFailed(() => console.error(said));
      });
      afterEach(async () => {
        for (const worker of workers) worker.kill("SIGKILL");
        await Promise.all(workers.map(ended));
        workers = [];
      });
      afterAll(() => server?.stop());

      function startCommand(...args: string[]): ChildProcess {
        const child = spawn(process.execPath, [command, ...args, ...queue], {
          cwd: folder,
          stdio: ["ignore", "ignore", "pipe"],
        });
        child.stderr!.on("data", (text) => {
          said += `${child.pid}: ${text}`;
        });
        return child;
      }

      function startWorker(...more: string[]): ChildProcess {
        const worker = startCommand("worker", "--workers", "1", "--lock-seconds", "1", ...more);
        workers.push(worker);
        return worker;
      }

      const startSweep = (out: string) => startCommand("sweep", "plan.yaml", "--out", out);
      async function withQueue(work: (backend: Backend) => Promise<void>): Promise<void> {
        const backend = await joinQueue({ url: server.url, name: queue.at(-1)! });
        try {
          await work(backend);
        } finally {
          await backend.close();
        }
      }

      /** Jobs of the queue in any state; 0 also while there is no sweep yet. */
      async function held(out: string): Promise<number> {
        const { code, stdout } = await sweepCommand("status", out, ...queue, "--json");
        if (code !== 0) return 0;
        const [{ queue: counts }] = json(stdout);
        return Object.values<number>(counts.jobs).reduce((sum, count) => sum + count, 0);
      }

      /** Until so many results are written, or the coordinator ended before. */
      const reach = (count: number, out: string, coordinator: ChildProcess) =>
        pause(() => written(out) >= count || coordinator.exitCode !== null);

      it("gives the bytes of the local pool, and leaves the queue empty", async () => {
        startWorker();
        startWorker();
        const { code, stderr } = await sweepCommand("plan.yaml", "--out", name, ...queue);
        expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
        expect(summary(name)).toBe(expected);
        expect(written(name)).toBe(CELLS);
        const status = await sweepCommand("status", name, ...queue, "--json");
        const [{ done, queue: held }] = json(status.stdout);
        expect({ done, workers: held.workers }).toEqual({ done: CELLS, workers: 2 });
        expect(Object.values(held.jobs).every((count) => count === 0)).toBe(true);
      });

      it("loses nothing and counts nothing twice when workers and coordinator are killed again and again", {
        timeout: 180_000,
      }, async () => {
        const out = `${name}-killed`;
        startWorker();
        startWorker();
        let coordinator = startSweep(out);
        // Chosen by a fixed sequence; when each comes depends on how far the sweep is.
        const victims = [0, 2, 1, 0, 1, 2, 0, 1, 2, 2, 0, 1, 1, 0, 2, 0, 1, 2, 0, 1];
        for (const [kill, victim] of victims.slice(0, kills).entries()) {
          const enough = Math.floor((kill * CELLS) / (1.25 * kills));
          await reach(enough, out, coordinator);
          if (victim === 2) {
            coordinator.kill("SIGKILL");
            await ended(coordinator);
            coordinator = startSweep(out);
          } else {
            const worker = workers[victim]!;
            worker.kill("SIGKILL");
            await ended(worker);
            workers[victim] = startWorker();
            workers.pop();
          }
        }
        expect(await ended(coordinator)).toBe(0);
        expect(summary(out)).toBe(expected);
        expect(written(out)).toBe(CELLS);
      });

      it("goes on each time the server was killed and started again", {
        timeout: 180_000,
      }, async () => {
        const out = `${name}-restarted`;
        startWorker();
        startWorker();
        const coordinator = startSweep(out);
        for (const count of [40, 120, 200, 280, 360]) {
          await reach(count, out, coordinator);
          await server.restart();
        }
        expect(await ended(coordinator)).toBe(0);
        expect(summary(out)).toBe(expected);
        expect(written(out)).toBe(CELLS);
      });

      it("carries data sets to workers, and failures back", async () => {
        writeFileSync(join(folder, "d.csv"), "x,y\n0,1\n0.5,2\n1,0\n");
        const plan = `
data: { mine: { csv: d.csv, target: y, holdout: 0.3 } }
settings: { target: mine, maxSteps: 30, seed: 1 }
grid: { width: [5, 6], activation: [tanh, relu], curvature: [exact] }`;
        writeFileSync(join(folder, "data.yaml"), plan);
        startWorker();
        const args = ["data.yaml", "--out", `${name}-data`, ...queue];
        const { code, stderr } = await sweepCommand(...args);
        expect(code).toBe(1);
        expect(stderr).toMatch(/width=5 activation=relu .*unsupported-activation/);
        await sweepCommand("data.yaml", "--out", `${name}-data-local`);
        expect(summary(`${name}-data`)).toBe(summary(`${name}-data-local`));
        // They are nobody's any more.
        await withQueue(async ({ data }) => {
          const counts = Object.values(await data.getJobCounts());
          expect(counts.every((count) => count === 0)).toBe(true);
        });
      });

      it("computes nothing with data that are not those of the cell", async () => {
        const [digest, other] = ["0123456789abcdef", digestOfData({ x: [[1]], y: [1] })];
        const settings = { width: 3, seed: 1, target: "mine", maxSteps: 1 };
        await withQueue(async ({ cells, data }) => {
          const jobs = [
            { digest, set: { x: [[1]], y: [1], digest } },
            { digest: other, set: { x: [[1]], y: [2], digest: other } },
          ];
          for (const { digest, set } of jobs) {
            await data.add("data", set, { jobId: jobIdOfData("s", digest) });
            const cell = makeCell("train", settings, digest);
            await cells.add("cell", { sweep: "s", cell }, { attempts: 3 });
          }
          startWorker();
          await vi.waitFor(async () => {
            const failed = await cells.getJobs(["failed"]);
            expect(failed.map(({ failedReason }) => JSON.parse(failedReason))).toEqual(
              jobs.map(() => ({
                code: "load-failed",
                message: expect.stringContaining("are not those the cell was made of"),
                retry: false,
              })),
            );
          }, 30_000);
        });
      });

      it("gives a cell up that no worker has the memory for, after as many tries as it may have", async () => {
        writeFileSync(
          join(folder, "large.yaml"),
          "settings: { seed: 1 }\ngrid: { width: [3, 900000] }",
        );
        startWorker("--memory", "100");
        const args = ["large.yaml", "--out", `${name}-large`, ...queue];
        const { code, stderr } = await sweepCommand(...args, "--attempts", "2");
        expect({ code, stderr }).toEqual({
          code: 1,
          stderr: expect.stringMatching(/width=900000: out-of-memory, .*this worker may take 100/),
        });
      });

      it("sums over files of the folders it was given, and reads no others", async () => {
        const open = join(folder, `open-${name}`);
        mkdirSync(open);
        writeFileSync(join(open, "a.csv"), "x,y\n0,1\n0.5,2\n1,0\n");
        const secret = join(folder, `secret-${name}`);
        writeFileSync(secret, "hunter2:x:0\n");
        const network = await Network.create({ width: 3 });
        const gradient = (file: string) =>
          shardedGradient(
            network,
            { files: [file], inputs: ["x"], target: "y" },
            { queue: { url: server.url, name: queue.at(-1)! } },
          );
        startWorker("--data", open);
        const { loss } = await gradient(join(open, "a.csv"));
        expect(loss).toBe(network.loss({ x: [0, 0.5, 1], y: [1, 2, 0] }));
        const fault = await gradient(secret).catch((error: Error) => error);
        expect(fault).toMatchObject({ code: "file" });
        expect((fault as Error).message).toMatch(/is not in a folder that this worker reads/);
      });

      it("fails jobs that are none of its kind, each alone, and works on", async () => {
        const odd = [null, { cell: {} }, { sweep: "x", cell: makeCell("train", { seed: 1 }) }];
        await withQueue(async ({ cells }) => {
          await cells.addBulk(
            odd.map((data) => ({ name: "cell", data: data as never, opts: { attempts: 3 } })),
          );
          const worker = startWorker();
          const { code } = await sweepCommand("few.yaml", "--out", `${name}-odd`, ...queue);
          expect(code).toBe(0);
          await vi.waitFor(async () => {
            const failed = await cells.getJobs(["failed"]);
            expect(failed.map(({ failedReason }) => JSON.parse(failedReason).code)).toEqual(
              odd.map(() => "invalid-argument"),
            );
            expect(failed.every(({ attemptsMade }) => attemptsMade === 1)).toBe(true);
          }, 30_000);
          worker.kill("SIGINT");
          expect(await ended(worker)).toBe(0);
        });
      });

      it.each([
        ["elsewhere on the server", false],
        ["where those of newton-nn are", true],
      ])("leaves the jobs of another application alone, %s", async (_place, near) => {
        const emails = foreignQueue(name, server.url, queue.at(-1)!, near);
        try {
          await emails.add("email", { to: "a@b.c" }, { attempts: 1 });
          const worker = startWorker();
          const sweeping = sweepCommand("few.yaml", "--out", `${name}-near-${near}`, ...queue);
          if (near) {
            const refused = /belongs to another application/;
            expect(await sweeping).toMatchObject({
              code: 1,
              stderr: expect.stringMatching(refused),
            });
            expect(await ended(worker)).toBe(1);
            expect(said).toMatch(refused);
          } else {
            expect((await sweeping).code).toBe(0);
          }
          const [job] = await emails.getJobs(["waiting"]);
          expect(job).toMatchObject({ name: "email", attemptsMade: 0, attemptsStarted: 0 });
        } finally {
          await emails.close();
        }
      });

      it("takes back all of more cells than a page of the queue has", async () => {
        const plan = "settings: { width: 3 }\ngrid: { seed: { from: 0, count: 1300 } }";
        writeFileSync(join(folder, "many.yaml"), plan);
        const coordinator = startCommand("sweep", "many.yaml", "--out", `${name}-many`);
        while ((await held(`${name}-many`)) < 1300 && coordinator.exitCode === null) {
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        coordinator.kill("SIGINT");
        expect(await ended(coordinator)).toBe(1);
        expect(await held(`${name}-many`)).toBe(0);
      });

      it("takes back the cells of its own shard alone", async () => {
        const plan = "settings: { width: 3 }\ngrid: { seed: { from: 0, count: 40 } }";
        writeFileSync(join(folder, "two.yaml"), plan);
        const out = `${name}-two`;
        const start = (shard: string) =>
          startCommand("sweep", "two.yaml", "--out", out, "--shard", shard);
        const one = start("1/2");
        // The second finds the folder's id, which both have.
        await vi.waitFor(async () => expect(await held(out)).toBe(20), 30_000);
        const two = start("2/2");
        await vi.waitFor(async () => expect(await held(out)).toBe(40), 30_000);
        one.kill("SIGINT");
        expect(await ended(one)).toBe(1);
        expect(await held(out)).toBe(20);
        two.kill("SIGINT");
        expect(await ended(two)).toBe(1);
        expect(await held(out)).toBe(0);
      });

      it("takes back what nobody has begun when the coordinator is interrupted", async () => {
        const out = `${name}-stopped`;
        const worker = startWorker();
        const coordinator = startSweep(out);
        await reach(10, out, coordinator);
        coordinator.kill("SIGINT");
        expect(await ended(coordinator)).toBe(1);
        const { stdout } = await sweepCommand("status", out, ...queue, "--json");
        const [{ missing, queue: held }] = json(stdout);
        expect(missing).toBeGreaterThan(0);
        expect(Object.values(held.jobs).every((count) => count === 0)).toBe(true);
        worker.kill("SIGTERM");
        expect(await ended(worker)).toBe(0);
      });
    },
  );
});
