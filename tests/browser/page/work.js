/**
 * What the tests run with the built package, the same in Node and in a page. Every result survives
 * JSON.
 */

function problem(samples) {
  const x = Array.from({ length: samples }, (_, m) => m / (samples - 1));
  // Products and sums alone: transcendental functions of the host differ between engines.
  return { x, y: x.map((t) => t * (1 - t) * (t - 0.3) * 20 + (t > 0.6 ? t : 0)) };
}

/** 64-bit FNV-1a of the bytes of all parameters, as hexadecimal digits. */
function digest({ parameters: { w, eta, c } }) {
  let hash = 0xcbf29ce484222325n;
  for (const part of [w, eta, c]) {
    for (const byte of new Uint8Array(part.buffer)) {
      hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
    }
  }
  return hash.toString(16);
}

/** Fifty Newton steps; the bits they end with. */
export async function newtonSteps({ createEngine, Network, train }, threads, options = {}) {
  const engine = await createEngine({ threads });
  const network = await Network.create({ width: 200, seed: 4, engine });
  const run = await train(network, problem(50), { maxSteps: 50, ...options });
  const result = {
    bits: digest(network),
    steps: run.steps,
    solver: run.solver,
    threads: engine.threads,
    note: engine.threadsNote,
  };
  network.dispose();
  engine.dispose();
  return result;
}

/**
 * Relative errors of the model against references of 100 digits
 * (tests/reference/data/derivatives.json).
 */
export async function derivativeErrors({ Network }, references) {
  const errors = [];
  for (const { activation, inputs, width, beta, parameters, data, expected } of references) {
    const network = await Network.create({ activation, inputs, width, beta });
    const cut = { eta: width * inputs, c: width * (inputs + 1) };
    network.setParameters({
      w: Float64Array.from(parameters.slice(0, cut.eta)),
      eta: Float64Array.from(parameters.slice(cut.eta, cut.c)),
      c: Float64Array.from(parameters.slice(cut.c)),
    });
    const { w, eta, c } = network.gradient(data);
    const gradient = [...w, ...eta, ...c];
    const size = Math.max(...expected.map(Math.abs));
    errors.push(Math.max(...gradient.map((value, p) => Math.abs(value - expected[p]))) / size);
    network.dispose();
  }
  return errors;
}

/** A checkpoint after `first` steps, and what the rest of fifty makes of one. */
export async function startRun({ Network, train }, first) {
  const network = await Network.create({ width: 40, seed: 1 });
  const run = await train(network, problem(30), { maxSteps: first });
  network.dispose();
  return run.checkpoint();
}

export async function finishRun({ Network, train }, resume) {
  const network = await Network.create({ width: 40, seed: 1 });
  await train(network, problem(30), { maxSteps: 50, ...(resume && { resume }) });
  const bits = digest(network);
  network.dispose();
  return bits;
}

/**
 * Resolves after so many frames of the page, to the longest time between two of them, in
 * milliseconds.
 */
async function frames(count) {
  let [last, longest] = [performance.now(), 0];
  for (let seen = 0; seen < count; seen++) {
    const now = await new Promise((resolve) => {
      requestAnimationFrame(() => resolve(performance.now()));
    });
    longest = Math.max(longest, now - last);
    last = now;
  }
  return longest;
}

/**
 * Trains on the main thread until the page has had so many frames; a page that has none meanwhile
 * never stops it.
 */
export async function trainForFrames({ Network, train }, count) {
  const network = await Network.create({ width: 60 });
  const interrupt = new AbortController();
  frames(count).then(() => interrupt.abort());
  const { reason, steps } = await train(network, problem(60), {
    maxSteps: 50_000,
    signal: interrupt.signal,
  });
  network.dispose();
  return { reason, steps };
}

/** The same fifty steps in a worker. */
export async function workerSteps({ Network, train }, worker) {
  const network = await Network.create({ width: 200, seed: 4, worker });
  await train(network, problem(50), { maxSteps: 50 });
  const bits = digest({ parameters: await network.parameters() });
  network.dispose();
  return bits;
}

/**
 * A worker trains a wide network until the page has had so many frames, and until it has told of a
 * step. Also, in milliseconds: the longest time between two frames and between two records, and the
 * time from the abort to the end of the run.
 */
export async function workerTrainsForFrames({ Network, train }, width, count) {
  const network = await Network.create({ width, worker: true });
  const interrupt = new AbortController();
  const times = [];
  let run;
  const stepped = new Promise((resolve) => {
    const onStep = ({ seconds }) => {
      times.push(1000 * seconds);
      resolve();
    };
    run = train(network, problem(128), { maxSteps: 1e6, signal: interrupt.signal, onStep });
  });
  const [longestFrame] = await Promise.all([frames(count), stepped]);
  const aborted = performance.now();
  interrupt.abort();
  const { reason, steps } = await run;
  const latency = performance.now() - aborted;
  network.dispose();
  const longestStep = Math.max(...times.map((time, step) => time - (times[step - 1] ?? 0)));
  return { reason, steps, longestFrame, longestStep, latency };
}

/**
 * Bytes of the host's memory that hang on after each of some rounds of create, train and dispose;
 * `null` where that is not told.
 */
export async function rounds({ Network, train }, count, worker) {
  const bytes = [];
  for (let round = 0; round < count; round++) {
    const network = await Network.create({ width: 50, ...(worker && { worker }) });
    await train(network, problem(30), { maxSteps: 3 });
    network.dispose();
    const { memory } = performance;
    bytes.push(memory === undefined ? null : memory.usedJSHeapSize);
  }
  return bytes;
}
