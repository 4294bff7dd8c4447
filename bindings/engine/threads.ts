import type { WasmMemory, WasmModule } from "../support/platform.js";
import type { CoreExports } from "./core.js";

/** Threads that share one computation: a number of at least 1, or `"auto"`, one a processor. */
export type Threads = "auto" | number;

/**
 * Workers that take part in the parallel regions of the core (assembly/parallel/pool.ts). They are
 * started once an engine and live until it is disposed; they do not keep a Node process alive.
 */
export interface ThreadPool {
  /** Threads in all, the caller's among them. */
  readonly threads: number;
  close(): void;
}

interface NodeModules {
  getBuiltinModule?(name: "node:worker_threads"): typeof import("node:worker_threads");
  getBuiltinModule?(name: "node:os"): typeof import("node:os");
}

/** Reached so that no bundler sees an import of a Node module. */
const node = (globalThis as { process?: NodeModules }).process;

/** More than this never helped a problem that fits 4 GiB. */
const MAX_THREADS = 32;

export function countThreads(threads: Threads): number {
  if (threads !== "auto") return threads;
  const processors =
    node?.getBuiltinModule?.("node:os").availableParallelism() ??
    globalThis.navigator?.hardwareConcurrency ??
    1;
  return Math.min(processors, MAX_THREADS);
}

/** Why threads cannot be had here, or `null`. */
export function reasonAgainstThreads(): string | null {
  if (typeof SharedArrayBuffer === "undefined") {
    return "shared memory is not available (a page must be cross-origin isolated)";
  }
  const inNode = node?.getBuiltinModule?.("node:worker_threads") !== undefined;
  if (!inNode && typeof Worker === "undefined") return "this engine has no workers";
  return null;
}

/** The life of a worker, after it got hold of `module` and `memory`. */
const LIFE = `
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const seen = exports.regionNumber();
  ready();
  exports.workerLoop(seen);
`;

/** @throws whatever keeps a worker from starting, a content security policy for one */
export async function startPool(
  module: WasmModule,
  memory: WasmMemory,
  core: CoreExports,
  threads: number,
): Promise<ThreadPool> {
  const starting = Array.from({ length: threads - 1 }, () => startWorker(module, memory));
  const started = await Promise.allSettled(starting);
  const close = () => {
    core.setWorkers(0);
    core.shutdown();
    for (const worker of started) if (worker.status === "fulfilled") worker.value();
  };
  const failure = started.find((worker) => worker.status === "rejected");
  if (failure !== undefined) {
    close();
    throw failure.reason;
  }
  core.setWorkers(threads - 1);
  return { threads, close };
}

/** Resolves when the worker is about to wait for work, with what ends it for good. */
function startWorker(module: WasmModule, memory: WasmMemory): Promise<() => void> {
  const threads = node?.getBuiltinModule?.("node:worker_threads");
  return threads === undefined
    ? startWebWorker(module, memory)
    : startNodeWorker(threads, module, memory);
}

function startNodeWorker(
  { Worker: NodeWorker }: typeof import("node:worker_threads"),
  module: WasmModule,
  memory: WasmMemory,
): Promise<() => void> {
  // In a block of its own: where the source is evaluated as the body of a module, `module` and
  // `require` are taken.
  const source = `{
    const { parentPort, workerData: { module, memory } } = require("node:worker_threads");
    const ready = () => parentPort.postMessage(null);
    ${LIFE}
  }`;
  return new Promise((resolve, reject) => {
    const worker = new NodeWorker(source, { eval: true, workerData: { module, memory } });
    worker.once("error", reject);
    worker.once("message", () => {
      worker.unref();
      resolve(() => void worker.terminate());
    });
  });
}

function startWebWorker(module: WasmModule, memory: WasmMemory): Promise<() => void> {
  const source = `onmessage = ({ data: { module, memory } }) => {
    const ready = () => postMessage(null);
    ${LIFE}
  };`;
  return new Promise((resolve, reject) => {
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const worker = new Worker(url);
    const settle = () => URL.revokeObjectURL(url);
    worker.onerror = (event) => {
      settle();
      reject(new Error(event.message || "the worker could not be started"));
    };
    worker.onmessage = () => {
      settle();
      resolve(() => worker.terminate());
    };
    worker.postMessage({ module, memory });
  });
}
