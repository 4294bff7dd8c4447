/** What the tests run with the built package, the same in Node and in a page. Every result survives JSON. */

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

/** Relative errors of the model against references of 100 digits (tests/reference/data/derivatives.json). */
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

/** Trains while the page runs: the longest time between two frames, in milliseconds, and the frames there were. */
export async function framesWhileTraining({ Network, train }, maxSteps) {
  const network = await Network.create({ width: 60 });
  let [last, longest, frames, going] = [performance.now(), 0, 0, true];
  const frame = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    frames++;
    if (going) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  await train(network, problem(60), { maxSteps });
  going = false;
  network.dispose();
  return { longest, frames };
}

/** The same fifty steps in a worker. */
export async function workerSteps({ Network, train }, worker) {
  const network = await Network.create({ width: 200, seed: 4, worker });
  await train(network, problem(50), { maxSteps: 50 });
  const bits = digest({ parameters: await network.parameters() });
  network.dispose();
  return bits;
}

/** Longest time between two frames while a worker trains a wide network, and between an abort and the end of the run. */
export async function whileWorkerTrains({ Network, train }, width, milliseconds) {
  const network = await Network.create({ width, worker: true });
  const interrupt = new AbortController();
  const steps = [];
  const run = train(network, problem(128), {
    maxSteps: 1e6,
    signal: interrupt.signal,
    onStep: ({ seconds }) => steps.push(seconds),
  });
  let [last, longest, frames] = [performance.now(), 0, 0];
  const end = last + milliseconds;
  await new Promise((resolve) => {
    const frame = () => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
      frames++;
      if (now < end) requestAnimationFrame(frame);
      else resolve();
    };
    requestAnimationFrame(frame);
  });
  const aborted = performance.now();
  interrupt.abort();
  const { reason, steps: done } = await run;
  const latency = performance.now() - aborted;
  const seconds = steps.map((time, step) => time - (steps[step - 1] ?? 0));
  network.dispose();
  return { longest, frames, reason, done, latency, longestStep: 1000 * Math.max(...seconds) };
}

/** Bytes of the host's memory that hang on after each of some rounds of create, train and dispose; `null` where that is not told. */
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
