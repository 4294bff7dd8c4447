import { Network, train } from "newton-nn";

const dark = matchMedia("(prefers-color-scheme: dark)").matches;

/** The methods of the page; each has a color and a dash, so that none is told by color alone. */
export const methods = [
  {
    name: "gradient descent",
    color: dark ? "#f2f2f2" : "#111111",
    dash: [],
    options: () => ({ method: "gd", learningRate: 1 }),
  },
  {
    name: "Adam",
    color: dark ? "#ff9e6b" : "#b3471b",
    dash: [8, 4],
    options: () => ({ method: "adam", learningRate: 0.02 }),
  },
  {
    name: "Gauss-Newton",
    color: dark ? "#6cc4f5" : "#2277aa",
    dash: [2, 3],
    options: (initial) => ({
      method: "gauss-newton",
      regularization: { policy: "gain-ratio", initial },
    }),
  },
  {
    name: "Newton",
    color: dark ? "#74d99f" : "#2e8b57",
    dash: [10, 3, 2, 3],
    options: (initial) => ({ method: "newton", regularization: { policy: "gain-ratio", initial } }),
  },
];

/**
 * One method and its network in a worker. Runs, stops after the step in work, and goes on from
 * there.
 */
export class Learner {
  static async create(method, { width, beta, activation, gamma, data }) {
    const network = await Network.create({ width, beta, activation, seed: 0, worker: true });
    return new Learner(method, network, data, method.options(gamma), await network.loss(data));
  }

  constructor(method, network, data, options, loss) {
    this.method = method;
    this.network = network;
    this.data = data;
    this.options = options;
    this.loss = loss;
    this.steps = 0;
    this.seconds = 0;
    this.history = [{ step: 0, seconds: 0, loss }];
    this.done = false;
  }

  /** Trains until the signal is aborted, or for `steps` more steps. */
  async run(signal, steps = Infinity) {
    if (this.done) return;
    const [before, maxSteps] = [this.seconds, Math.min(this.steps + steps, 1e7)];
    const run = await train(this.network, this.data, {
      ...this.options,
      maxSteps,
      signal,
      stop: { loss: 1e-14 },
      ...(this.checkpoint && { resume: this.checkpoint }),
      onStep: ({ step, loss, seconds }) => {
        this.steps = step;
        this.loss = loss;
        this.seconds = before + seconds;
        this.remember();
      },
    });
    this.checkpoint = run.checkpoint();
    this.done = ["loss", "stalled", "diverged", "gradient"].includes(run.reason);
  }

  /**
   * Keeps as many points as a chart can show: each is a hundredth part later than the one before.
   */
  remember() {
    const last = this.history.at(-1);
    const point = { step: this.steps, seconds: this.seconds, loss: this.loss };
    if (point.seconds < last.seconds * 1.01) this.history[this.history.length - 1] = point;
    else this.history.push(point);
  }

  dispose() {
    this.network.dispose();
  }
}
