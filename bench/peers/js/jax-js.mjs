import { readFileSync } from "node:fs";
import { defaultDevice, init, jit, numpy as np, valueAndGrad } from "@jax-js/jax";
import { Marks, parseTheta, residual, spdMatrix, timed } from "./problems.mjs";

const manifest = new URL("node_modules/@jax-js/jax/package.json", import.meta.url);
export const version = `jax-js ${JSON.parse(readFileSync(manifest)).version}, wasm`;
await init("wasm");
defaultDevice("wasm");

export async function solve({ n, repetitions }) {
  const matrix = spdMatrix(n);
  const { seconds, last } = await timed(
    repetitions,
    () => [
      np.array(matrix, { dtype: np.float64 }).reshape([n, n]),
      np.ones([n], { dtype: np.float64 }),
    ],
    ([a, b]) => np.linalg.solve(a, b).data(),
  );
  return { seconds, residual: residual(n, last) };
}

/** Parameters, moments and data as arrays of float64, and one compiled step of Adam. */
function problem({ theta, x, y, beta, rate = 1e-3 }) {
  const all = parseTheta(theta);
  const width = all.length / 3;
  const dtype = np.float64;
  const inputs = np.array(x, { dtype }).reshape([x.length, 1]);
  const targets = np.array(y, { dtype });
  const scale = width ** -beta;
  const loss = (w, eta, c) => {
    const z = inputs.ref.mul(w.reshape([1, width])).add(eta.reshape([1, width]));
    const f = np
      .matmul(np.tanh(z), c.reshape([width, 1]))
      .reshape([x.length])
      .mul(scale);
    const r = f.sub(targets.ref);
    return np.mean(r.ref.mul(r)).mul(0.5);
  };
  const parts = [0, 1, 2].map((i) => np.array(all.slice(i * width, (i + 1) * width), { dtype }));
  const gradient = jit(valueAndGrad(loss, { argnums: [0, 1, 2] }));
  const zeros = () => np.zeros([width], { dtype });
  const moments = [0, 1, 2].map(() => [zeros(), zeros()]);
  let t = 0;
  const update = jit((p, m, v, g, a, b) => {
    const mean = m.mul(0.9).add(g.ref.mul(0.1));
    const square = v.mul(0.999).add(g.ref.mul(g).mul(0.001));
    const moved = p.sub(mean.ref.mul(a).div(np.sqrt(square.ref.mul(b)).add(1e-8)));
    return [moved, mean, square];
  });
  return async () => {
    t++;
    const [value, gradients] = gradient(...parts.map((part) => part.ref));
    const [a, b] = [rate / (1 - 0.9 ** t), 1 / (1 - 0.999 ** t)];
    gradients.forEach((g, i) => {
      const [p, m, v] = update(
        parts[i],
        ...moments[i],
        g,
        np.array(a, { dtype }),
        np.array(b, { dtype }),
      );
      parts[i] = p;
      moments[i] = [m, v];
    });
    const [number] = await value.data();
    return number;
  };
}

export async function train(request) {
  const step = problem(request);
  const marks = new Marks(request.levels, request.seconds);
  while (!marks.add(await step()));
  return marks.answer();
}

export async function steps(request) {
  const step = problem(request);
  await step();
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < 1000 * request.seconds) {
    await step();
    count++;
  }
  return { perSecond: count / request.seconds };
}
