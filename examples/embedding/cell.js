/**
 * A cell of a notebook: yields the fit, step by step, as an SVG. The network learns in a worker; a
 * cell that is run again, or deleted, ends it.
 *
 *   Observable     html`${for await (const { svg } of fitCell(points)) yield svg}` in a generator
 *                  cell of its own
 *   Jupyter, Deno for await (const { svg } of fitCell(points))
 *   Deno.jupyter.display(Deno.jupyter.svg`${svg}`, { raw: true })
 */
import { Network, train } from "newton-nn";
import { draw } from "./draw.js";

/** Steps between two pictures. */
const STRIDE = 5;

export async function* fitCell(points, { width = 50, loss = 1e-10, maxSteps = 500 } = {}) {
  const data = { x: points.map(([x]) => x), y: points.map(([, y]) => y) };
  const [low, high] = [Math.min(...data.x), Math.max(...data.x)];
  const at = Array.from({ length: 200 }, (_, i) => low + ((high - low) * i) / 199);
  const network = await Network.create({ width, worker: true });
  try {
    let run = null;
    for (let steps = 0; run === null || (run.reason === "max-steps" && steps < maxSteps); ) {
      steps += STRIDE;
      const resume = run?.checkpoint();
      run = await train(network, data, {
        maxSteps: steps,
        stop: { loss },
        ...(resume && { resume }),
      });
      const curve = await network.predict(at);
      const fitted = at.map((x, i) => [x, curve[i]]);
      yield { step: run.history.at(-1).step, loss: run.loss, svg: draw(points, fitted) };
    }
  } finally {
    network.dispose();
  }
}
