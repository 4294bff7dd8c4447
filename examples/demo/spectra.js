import { Network } from "newton-nn";
import { newtonKernel, ntk, spectrum } from "newton-nn/theory";

/** Points the kernels are made at: what of them can be seen. */
const MAX_POINTS = 40;
/** Milliseconds between two spectra, for the page's sake. */
const PAUSE = 500;

/** Eigenvalues of the tangent and of the Newton kernel, at parameters that change. */
export class KernelSpectra {
  #network = null;
  #x = [];
  #gamma = 0;
  #last = 0;

  async reset({ width, beta, activation, gamma, data }) {
    const network = await Network.create({ width, beta, activation });
    this.#network?.dispose();
    this.#network = network;
    const every = Math.ceil(data.x.length / MAX_POINTS);
    this.#x = data.x.filter((_, m) => m % every === 0);
    this.#gamma = gamma;
    this.#last = 0;
  }

  /** Columns of the chart, or null when the last ones are recent. */
  async at(parameters) {
    if (this.#network === null || performance.now() - this.#last < PAUSE) return null;
    this.#network.setParameters(parameters);
    const tangent = ntk(this.#network, this.#x);
    const newton = await newtonKernel(tangent, { gamma: this.#gamma });
    const [{ values }, { values: rates }] = await Promise.all([
      spectrum(tangent),
      spectrum(newton),
    ]);
    this.#last = performance.now();
    const positive = (value) => (value > 1e-16 ? value : null);
    const relative = [...values].map((value) => positive(value / values[0]));
    return [relative.map((_, i) => i + 1), relative, [...rates].map(positive)];
  }
}
