/** A raw instance of the core for benchmarks, with memory to write on and matrices to work with. */
import { readFile } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import { instantiate } from "@assemblyscript/loader";

const PAGE = 65_536;

const LIFE = `
  const { parentPort, workerData: { module, memory } } = require("node:worker_threads");
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const seen = exports.regionNumber();
  parentPort.postMessage(null);
  exports.workerLoop(seen);`;

/** `variant` is simd or relaxed. With more than one thread the build over shared memory. */
export async function loadCore(variant, threads = 1) {
  const build = threads > 1 ? `${variant}-threads` : variant;
  const binary = await readFile(new URL(`../../build/${build}.wasm`, import.meta.url));
  const module = await WebAssembly.compile(binary);
  const memory =
    threads > 1 ? new WebAssembly.Memory({ initial: 2, maximum: PAGE, shared: true }) : undefined;
  const { exports } = await instantiate(module, memory === undefined ? {} : { env: { memory } });
  for (let worker = 1; worker < threads; worker++) await startWorker(module, memory);
  return new Core(exports, memory ?? exports.memory, threads);
}

function startWorker(module, memory) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(LIFE, { eval: true, workerData: { module, memory } });
    worker.once("error", reject);
    worker.once("message", () => {
      worker.unref();
      resolve();
    });
  });
}

class Core {
  constructor(exports, memory, threads) {
    this.exports = exports;
    this.memory = memory;
    this.threads = threads;
    this.reset();
  }

  /** Forgets everything that was allocated. */
  reset() {
    this.top = Math.ceil(this.exports.heapBase() / 64) * 64;
    this.progress = this.bytes(this.exports.progressBytes());
  }

  /** Pointer to `bytes` zeros. */
  bytes(bytes) {
    const pointer = this.top;
    this.top += Math.ceil(bytes / 64) * 64;
    const missing = this.top - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE));
    new Uint8Array(this.memory.buffer, pointer, bytes).fill(0);
    return pointer;
  }

  f64(pointer, length) {
    return new Float64Array(this.memory.buffer, pointer, length);
  }

  /** Pointer to `length` values of a function. */
  vector(length, value) {
    const pointer = this.bytes(8 * length);
    this.f64(pointer, length).set(Float64Array.from({ length }, (_, i) => value(i)));
    return pointer;
  }

  setThreads(threads) {
    this.exports.setWorkers(threads - 1);
  }

  /** Calls a kernel that may be called in parts once, to its end. */
  whole(kernel, ...args) {
    this.exports.progressStart(this.progress);
    return this.exports[kernel](...args, this.progress, Number.POSITIVE_INFINITY);
  }

  /** A well-conditioned matrix, packed: n on the diagonal, values of size 1 beside it. */
  definite(n) {
    const bytes = this.exports.packedBytes(n);
    const pointer = this.bytes(bytes);
    const values = this.f64(pointer, bytes / 8);
    for (let i = 0; i < values.length; i++) values[i] = Math.sin(i);
    this.exports.packedAddDiagonal(n, pointer, 2 * n);
    return { pointer, bytes };
  }

  /**
   * A network of n tanh neurons, one input and one output, at m samples of targets y and some
   * residual; nothing is kept between products.
   */
  point(n, m, y = 0) {
    const { exports } = this;
    const theta = this.bytes(8 * 3 * n + 64);
    exports.initializeParameters(0, 0, n, 1, 1, theta);
    const x = this.vector(m, (i) => i / (m - 1));
    const f = this.bytes(8 * m);
    const residual = this.vector(m, (i) => Math.sin(i));
    const problem = this.bytes(exports.problemBytes());
    const descriptor = this.bytes(exports.pointBytes());
    const work = this.bytes(exports.workBytes(n, 1, 1, m));
    const scale = exports.outputScale(n, 0.52);
    exports.problemSet(problem, 0, n, 1, 1, m, m, scale, x, y, work);
    exports.pointSet(descriptor, problem, theta, f, residual, 0, 0, 0);
    return { point: descriptor, theta, residual };
  }

  copy(target, source, bytes) {
    new Uint8Array(this.memory.buffer).copyWithin(target, source, source + bytes);
  }
}
