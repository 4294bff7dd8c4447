/**
 * The regression problem of the published training experiments (arXiv:2605.08352, figures 3 and 5).
 */
const { PI, sin } = Math;

export function published(samples) {
  const x = Array.from({ length: samples }, (_, m) => m / (samples - 1));
  const waves = (t) => sin(8 * PI * t) + sin(10 * PI * t) + sin(16 * PI * t);
  return { x, y: x.map((t) => 4 * t + sin(2 * PI * t) + 0.8 * waves(t)) };
}
