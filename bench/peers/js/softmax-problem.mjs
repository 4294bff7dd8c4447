/** The classification that bench/classification.mjs asks about, as peers of npm need it. */

/** Parts of `theta`, base64 of float64: w (N x d), eta (N) and c (N x k), row-major. */
export function partsOf({ theta, inputs, width, classes }) {
  const bytes = Buffer.from(theta, "base64");
  const all = new Float64Array(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
  );
  const [w, eta] = [width * inputs, width * inputs + width];
  return { w: all.slice(0, w), eta: all.slice(w, eta), c: all.slice(eta, eta + width * classes) };
}

/** Says when the gradient is small enough or the time over, and what was reached. */
export class Descent {
  constructor({ tolerance, seconds }) {
    this.tolerance = tolerance;
    this.limit = seconds;
    this.steps = 0;
    this.smallest = Infinity;
    this.start = performance.now();
  }

  /** True when the run may end. */
  add(gradientNorm, loss) {
    this.steps++;
    this.loss = loss;
    this.seconds = (performance.now() - this.start) / 1000;
    this.smallest = Math.min(this.smallest, gradientNorm);
    return gradientNorm <= this.tolerance || this.seconds > this.limit || !Number.isFinite(loss);
  }

  answer() {
    const { steps, smallest, loss, seconds, tolerance } = this;
    return { steps, gradientNorm: smallest, loss, seconds, reached: smallest <= tolerance };
  }
}
