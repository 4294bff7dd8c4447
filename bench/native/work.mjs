/** Our side of the work that bench/native.mjs pairs with native code; its partner is work.py. */

export function timed(work) {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
}

/** Our side of each work: prepares once, then every call returns the seconds of one repetition. */
export const ours = {
  potrf: (core, n) => {
    const { pointer, bytes } = core.definite(n);
    const factor = core.bytes(bytes);
    const reciprocals = core.bytes(core.exports.potrfReciprocalBytes(n));
    return () => {
      core.copy(factor, pointer, bytes);
      return timed(() => check(core.whole("potrf", n, factor, reciprocals)));
    };
  },
  "posv, mixed precision": (core, n) => {
    const { exports } = core;
    const { pointer } = core.definite(n);
    const factor = core.bytes(exports.mixedFactorBytes(n));
    const work = core.bytes(exports.mixedScratchBytes(n));
    const b = core.bytes(exports.mixedVectorBytes(n));
    const x = core.bytes(exports.mixedVectorBytes(n));
    core.f64(b, n).forEach((_, i, values) => {
      values[i] = Math.cos(i);
    });
    return () =>
      timed(() => {
        check(exports.mixedPrepare(n, pointer, 0, factor, work));
        check(core.whole("mixedFactor", n, factor, work));
        const iterations = core.whole("mixedSolve", n, pointer, 0, factor, b, x, work);
        if (iterations < 0) throw new Error("diverged");
      });
  },
  "sytrf, indefinite": (core, n) => {
    const a = core.bytes(core.exports.sytrfMatrixBytes(n));
    const pivots = core.bytes(core.exports.sytrfPivotBytes(n));
    const work = core.bytes(core.exports.sytrfWorkBytes(n));
    const matrix = Float64Array.from({ length: n * n }, (_, i) => Math.sin(1.37 * i));
    return () => {
      core.f64(a, n * n).set(matrix);
      return timed(() => check(core.whole("sytrf", n, a, n, pivots, work)));
    };
  },
  syrk: (core, parameters) => {
    const panels = core.vector(Math.ceil(parameters / 4) * 4 * 128, (i) => Math.sin(i));
    const c = core.bytes(core.exports.packedBytes(parameters));
    return () => timed(() => core.exports.syrk(parameters, 128, 1e-9, panels, c));
  },
  newton: (core, n) => {
    const { exports } = core;
    const [m, parameters] = [128, 3 * n];
    const parts = [(i) => Math.sin(3 * i + 1), (i) => Math.cos(5 * i), (i) => Math.sin(7 * i)];
    const y = core.vector(m, (i) => (4 * i) / (m - 1) + Math.sin((2 * Math.PI * i) / (m - 1)));
    const { point, theta, residual } = core.point(n, m, y);
    core.f64(theta, parameters).forEach((_, p, values) => {
      values[p] = parts[Math.floor(p / n)](p % n);
    });
    const gradient = core.bytes(8 * parameters);
    const step = core.bytes(exports.potrsVectorBytes(parameters));
    const h = core.bytes(exports.packedBytes(parameters));
    const panels = core.bytes(exports.hessianPanelBytes(parameters, m));
    const reciprocals = core.bytes(exports.potrfReciprocalBytes(parameters));
    return () =>
      timed(() => {
        core.whole("forward", point);
        exports.objective(point);
        exports.jacobianTranspose(point, residual, 1 / m, gradient, 0, n);
        core.whole("hessian", point, 0, 0, h, panels);
        exports.packedAddDiagonal(parameters, h, 1);
        check(core.whole("potrf", parameters, h, reciprocals));
        exports.copyVector(parameters, gradient, step);
        exports.potrs(parameters, h, reciprocals, step);
      });
  },
};

function check(info) {
  if (info !== 0) throw new Error(`not factored at pivot ${info - 1}`);
}
