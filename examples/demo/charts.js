import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

const style = getComputedStyle(document.documentElement);
const dark = matchMedia("(prefers-color-scheme: dark)").matches;
const ink = dark ? "#d6dbe1" : "#1b1b1b";
const line = dark ? "#2c333b" : "#e4e4e4";

const power = (value) =>
  value === 0 ? "0" : Number(value.toPrecision(2)).toExponential().replace("e+", "e");

/**
 * Of the ticks of a logarithmic axis the whole decades: the lines between them would fill the
 * chart.
 */
const decades = (_plot, ticks) =>
  ticks.map((tick) =>
    Math.abs(Math.log10(tick) - Math.round(Math.log10(tick))) < 1e-6 ? tick : null,
  );

/** A chart that fills its element and follows its width. */
export function chart(element, { x, y, series }) {
  const axis = ({ label, log }) => ({
    label,
    stroke: ink,
    grid: { stroke: line, width: 1, ...(log && { filter: decades }) },
    ticks: { stroke: line, width: 1, ...(log && { filter: decades }) },
    font: `12px ${style.fontFamily || "sans-serif"}`,
    ...(log && {
      values: (_plot, ticks) => ticks.map((tick) => (tick === null ? "" : power(tick))),
    }),
    ...(label === y.label && { size: 64 }),
  });
  const size = () => ({ width: Math.max(element.clientWidth, 200), height: 290 });
  const plot = new uPlot(
    {
      ...size(),
      scales: {
        x: { time: false, distr: x.log ? 3 : 1 },
        y: { distr: y.log ? 3 : 1 },
      },
      axes: [axis(x), axis(y)],
      series: [{ label: x.label }, ...series],
      legend: { live: false },
      cursor: { drag: { x: false, y: false } },
    },
    [[1], ...series.map(() => [null])],
    element,
  );
  new ResizeObserver(() => plot.setSize(size())).observe(element);
  return plot;
}

export function lineSeries({ name, color, dash }) {
  return { label: name, stroke: color, dash, width: 2, points: { show: false }, spanGaps: true };
}

/**
 * Several curves with abscissas of their own as uPlot wants them: one column of x, nulls where a
 * curve has no point.
 */
export function joined(curves) {
  return uPlot.join(curves.map(({ x, y }) => [x, y]));
}
