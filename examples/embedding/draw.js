const [SIDE, MARGIN] = [300, 12];

/** Points and curve as an SVG that fills its element; both axes run over all that is shown. */
export function draw(points, curve) {
  const all = [...points, ...curve];
  const scale = (index, flip) => {
    const values = all.map((point) => point[index]);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const unit = (value) => (high === low ? 0.5 : (value - low) / (high - low));
    return (value) => MARGIN + (SIDE - 2 * MARGIN) * (flip ? 1 - unit(value) : unit(value));
  };
  const [x, y] = [scale(0, false), scale(1, true)];
  const path = curve.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`).join(" ");
  const dots = points.map(([a, b]) => `<circle cx="${x(a)}" cy="${y(b)}" r="3" />`).join("");
  return `<svg viewBox="0 0 ${SIDE} ${SIDE}" role="img" aria-label="points and fitted curve">
    <polyline points="${path}" fill="none" stroke="#2e8b57" stroke-width="2" />${dots}</svg>`;
}
