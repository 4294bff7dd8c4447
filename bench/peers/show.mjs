/**
 * The table and the figure of a run of bench/peers/all.mjs.
 *
 *   node bench/peers/show.mjs bench/results/peers.json [docs/figures/peers]
 */
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { bundleSources } from "../sources.mjs";
import { printTable } from "./table.mjs";

const summary = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { works, versions, footprints } = summary;

const of = (work, peer) => works.find((each) => each.work === work && each.peer === peer);
const digits = (value) => Number(value.toPrecision(2)).toString();
const time = (seconds) => (seconds < 1 ? `${digits(1000 * seconds)} ms` : `${digits(seconds)} s`);

console.log(
  `${summary.date}, Node ${summary.node}, ${summary.processor}, medians of ${summary.rounds} rounds, one thread\n`,
);

const solved = [500, 1000, 2000].map((n) => `solve n = ${n}`);
const columns = [...solved, "dense step, P = 600", "steps"];
const libraries = [
  ...new Set(works.filter(({ work }) => columns.includes(work)).map(({ peer }) => peer)),
];
const cellOf = (work, peer) => {
  const result = of(work, peer);
  if (result === undefined) return "cannot";
  if (result.error !== undefined) return result.error.replace(/^abort\("/, "").split(".")[0];
  if (work === "steps") return `${Math.round(result.median)} a second`;
  const ratio = result.median / of(work, "newton-nn").median;
  return peer === "newton-nn" ? time(result.median) : `${time(result.median)} (${digits(ratio)}x)`;
};
printTable(
  [
    "",
    "SPD solve, n = 500",
    "1000",
    "2000",
    "dense Gauss-Newton step, P = 600",
    "gradient steps, N = 1000",
  ],
  libraries.map((peer) => [versions[peer] ?? peer, ...columns.map((work) => cellOf(work, peer))]),
);

const trained = [...new Set(works.filter(({ times }) => times).map(({ work }) => work))];
for (const work of trained) {
  const rows = works.filter((each) => each.work === work);
  const levels = rows.find(({ times }) => times).times.map(({ level }) => level);
  console.log(`\n${work}: time to loss`);
  printTable(
    ["", ...levels.map((level) => level.toExponential(0)), "loss at the end", "peak memory"],
    rows.map(({ peer, times, loss, error, peakMebibytes }) =>
      error !== undefined
        ? [peer, ...levels.map(() => error), "", ""]
        : [
            peer,
            ...times.map(({ seconds }) =>
              seconds === null ? `> ${summary.limit} s` : time(seconds),
            ),
            loss.toExponential(1),
            `${peakMebibytes} MiB`,
          ],
    ),
  );
}

console.log("\nsize");
printTable(
  ["", "installed", "in an application, gzip", "import"],
  footprints.map(({ name, installedBytes, compressedBytes, importSeconds }) => [
    versions[name] ?? name,
    `${(installedBytes / 1e6).toFixed(1)} MB`,
    `${Math.round(compressedBytes / 1000)} kB`,
    `${Math.round(1000 * importSeconds)} ms`,
  ]),
);

const figure = process.argv[3];
if (figure !== undefined) {
  const plot = await bundleSources(
    "plot",
    'export { renderSpec } from "./lab/plot/vega.js"; export { THEMES } from "./lab/plot/figure.js";',
  );
  const { renderSpec, THEMES } = await import(pathToFileURL(plot).href);
  const values = works
    .filter(({ work, times }) => work === trained[0] && times)
    .flatMap(({ peer, times }) =>
      times.map(({ level, seconds }) => ({
        peer,
        level: level.toExponential(0),
        seconds: seconds ?? summary.limit,
        reached: seconds === null ? `not within ${summary.limit} s` : "reached",
      })),
    );
  const spec = {
    title: "Time to loss on the published problem, N = 1000, one thread",
    width: 520,
    data: { values },
    mark: { type: "point", filled: true, size: 90, opacity: 1 },
    encoding: {
      y: {
        field: "peer",
        type: "nominal",
        sort: values.map(({ peer }) => peer),
        title: null,
        axis: { labelLimit: 320 },
      },
      x: { field: "seconds", type: "quantitative", scale: { type: "log" }, title: "seconds" },
      color: {
        field: "level",
        type: "nominal",
        sort: null,
        title: "loss",
        scale: { range: ["#b8860b", "#3388bb", "#3a9d68"] },
      },
      shape: {
        field: "reached",
        type: "nominal",
        title: null,
        scale: {
          domain: ["reached", `not within ${summary.limit} s`],
          range: ["circle", "triangle-right"],
        },
      },
    },
  };
  for (const [suffix, theme] of Object.entries(THEMES)) {
    writeFileSync(`${figure}${suffix}.svg`, await renderSpec(spec, "figure", theme));
  }
}
