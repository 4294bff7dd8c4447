/**
 * The questions that `npm run bench` answers, one suite each: name, sizes, and for each size what
 * to time and its work in flops.
 */

/**
 * Each `setup` allocates and returns { work, flops } or, for vector functions, { work, elements }.
 */
export const suites = [
  {
    name: "potrf: factor a packed matrix of order n (with restoring it)",
    sizes: [100, 300, 1000, 2000],
    setup: (core, n) => {
      const { pointer, bytes } = core.definite(n);
      const factor = core.bytes(bytes);
      const reciprocals = core.bytes(core.exports.potrfReciprocalBytes(n));
      const work = () => {
        core.copy(factor, pointer, bytes);
        if (core.whole("potrf", n, factor, reciprocals) !== 0) throw new Error("indefinite");
      };
      return { work, flops: n ** 3 / 3 };
    },
  },
  {
    name: "potrs: solve with the factor of order n",
    sizes: [100, 300, 1000, 2000],
    setup: (core, n) => {
      const { pointer } = core.definite(n);
      const reciprocals = core.bytes(core.exports.potrfReciprocalBytes(n));
      const x = core.vector(n + 8, (i) => (i < n ? Math.cos(i) : 0));
      core.whole("potrf", n, pointer, reciprocals);
      return { work: () => core.exports.potrs(n, pointer, reciprocals, x), flops: 2 * n ** 2 };
    },
  },
  {
    name: "syrk: J^T J for P parameters and 128 samples",
    sizes: [300, 1000, 3000],
    setup: (core, parameters) => {
      const depth = 128;
      const padded = Math.ceil(parameters / 4) * 4;
      const panels = core.vector(padded * depth, (i) => Math.sin(i));
      const c = core.bytes(core.exports.packedBytes(parameters));
      const work = () => core.exports.syrk(parameters, depth, 1e-9, panels, c);
      return { work, flops: parameters ** 2 * depth };
    },
  },
  {
    name: "gemmTile: one tile of 4 x 4, k columns (through syrk of order 4)",
    sizes: [64, 256, 512],
    setup: (core, depth) => {
      const panels = core.vector(4 * depth, (i) => Math.sin(i));
      const c = core.bytes(128);
      return { work: () => core.exports.syrk(4, depth, 1e-9, panels, c), flops: 32 * depth };
    },
  },
  {
    name: "assembly of the exact Hessian: N neurons, one input, 128 samples",
    sizes: [100, 300, 1000],
    setup: (core, n) => {
      const { exports } = core;
      const [m, parameters] = [128, 3 * n];
      const { point, residual } = core.point(n, m);
      const gradient = core.bytes(8 * parameters);
      const blocks = core.bytes(8 * n * exports.blockSize(1, 1));
      const h = core.bytes(exports.packedBytes(parameters));
      const panels = core.bytes(exports.hessianPanelBytes(parameters, m));
      const assemble = () => {
        exports.jacobianTranspose(point, residual, 1 / m, gradient, 0, n);
        exports.hessianBlocks(point, blocks, 0, n);
        core.whole("hessian", point, 0, blocks, h, panels);
      };
      return { work: assemble, flops: parameters ** 2 * m };
    },
  },
  {
    name: "function-space matrix C of N neurons, one input, 128 samples",
    sizes: [1000, 10_000],
    setup: (core, n) => {
      const { exports } = core;
      const m = 128;
      const { point } = core.point(n, m);
      const values = core.vector(3 * n, (i) => Math.sin(i) ** 2);
      const vectors = core.vector(9 * n, (i) => Number((i % 9) % 4 === 0));
      const c = core.bytes(exports.packedBytes(m));
      const group = core.bytes(exports.groupBytes(1, 1, m));
      const work = () =>
        core.whole("functionSpaceMatrix", point, 0, values, vectors, 0, 1, c, group);
      return { work, flops: 3 * n * m ** 2 };
    },
  },
  {
    name: "tanh with its two derivatives, n elements",
    sizes: [128, 4096],
    setup: (core, n) => {
      const z = core.vector(n, (i) => 4 * Math.sin(i));
      const out = core.bytes(24 * n);
      const work = () => core.exports.activateJet(0, n, z, out, out + 8 * n, out + 16 * n);
      return { work, elements: n };
    },
  },
  {
    name: "Math.tanh of the engine alone, n elements",
    sizes: [128, 4096],
    setup: (_core, n) => {
      const z = Float64Array.from({ length: n }, (_, i) => 4 * Math.sin(i));
      const out = new Float64Array(n);
      const work = () => {
        for (let i = 0; i < n; i++) out[i] = Math.tanh(z[i]);
      };
      return { work, elements: n };
    },
  },
];
