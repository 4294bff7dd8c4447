const { PI, sin } = Math;

function grid(samples, f) {
  const x = Array.from({ length: samples }, (_, m) => m / (samples - 1));
  return { x, y: x.map(f) };
}

/** Frequencies, in units of pi, whose sines are looked for in what a method has learned. */
export const targets = {
  "published, four frequencies": {
    ...grid(
      128,
      (t) =>
        4 * t + sin(2 * PI * t) + 0.8 * (sin(8 * PI * t) + sin(10 * PI * t) + sin(16 * PI * t)),
    ),
    frequencies: [2, 8, 10, 16],
  },
  "one low frequency": {
    ...grid(48, (t) => 2 * t + 0.4 * sin(5 * PI * t)),
    frequencies: [1, 3, 5, 7],
  },
  "one high frequency": {
    ...grid(64, (t) => 2 * t + 0.4 * sin(20 * PI * t)),
    frequencies: [5, 10, 15, 20],
  },
  step: { ...grid(60, (t) => (t > 0.5 ? 1 : 0)), frequencies: [1, 3, 5, 7] },
  "points of your own": {
    x: [0.1, 0.3, 0.5, 0.9],
    y: [0.2, 0.9, 0.4, 0.7],
    frequencies: [1, 2, 3, 4],
  },
};
