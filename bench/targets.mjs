/**
 * Regression problems of different kinds, for comparisons of methods: all deterministic, none
 * chosen for one of them.
 */
import { published } from "./published.mjs";

const { PI, abs, exp, sin } = Math;

/** Element `index` of van der Corput's sequence in a base: points of Halton's. */
function corput(index, base) {
  let [value, part] = [0, 1 / base];
  for (let i = index; i > 0; i = Math.floor(i / base)) {
    value += part * (i % base);
    part /= base;
  }
  return value;
}

function line(samples, f) {
  const x = Array.from({ length: samples }, (_, m) => m / (samples - 1));
  return { x, y: x.map(f) };
}

function cube(samples, inputs, f) {
  const bases = [2, 3, 5, 7, 11];
  const point = (m) => Array.from({ length: inputs }, (_, k) => 2 * corput(m + 1, bases[k]) - 1);
  const x = Array.from({ length: samples }, (_, m) => point(m));
  return { x, y: x.map((row) => f(...row)) };
}

/** name -> { inputs, width, data } */
export const targets = {
  published: { inputs: 1, width: 1000, data: published(128) },
  "low frequency": { inputs: 1, width: 300, data: line(64, (t) => 2 * t + 0.4 * sin(5 * PI * t)) },
  "high frequency": {
    inputs: 1,
    width: 300,
    data: line(64, (t) => 2 * t + 0.4 * sin(20 * PI * t)),
  },
  step: { inputs: 1, width: 200, data: line(100, (t) => (t > 0.5 ? 1 : 0) + 0.3 * t) },
  Runge: { inputs: 1, width: 100, data: line(80, (t) => 1 / (1 + 25 * (2 * t - 1) ** 2)) },
  "ridge in 2 d": {
    inputs: 2,
    width: 200,
    data: cube(150, 2, (a, b) => abs(a - b) + sin(5 * a * b)),
  },
  "smooth in 5 d": {
    inputs: 5,
    width: 100,
    data: cube(300, 5, (a, b, c, d, e) => sin(3 * a + b) + c * d - exp(-e * e) + a * b * c),
  },
};
