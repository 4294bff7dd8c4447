import { activationNames } from "newton-nn";
import { leastSquares } from "newton-nn/theory";
import { chart, joined, lineSeries } from "./charts.js";
import { Learner, methods } from "./learners.js";
import { composePicture, download } from "./picture.js";
import { KernelSpectra } from "./spectra.js";
import { ownPoints, parseTable, targets } from "./targets.js";

const element = (id) => document.getElementById(id);
const controls = ["target", "width", "beta", "gamma", "activation"];
for (const name of Object.keys(targets)) element("target").append(new Option(name));
for (const name of activationNames.filter((name) => name !== "relu"))
  element("activation").append(new Option(name));

/** Where the fit is drawn. */
const view = Array.from({ length: 301 }, (_, i) => i / 300);

const fit = chart(element("fit"), {
  x: { label: "x" },
  y: { label: "y" },
  series: [
    {
      label: "data",
      stroke: "transparent",
      points: { show: true, size: 6, stroke: "#888", fill: "#888" },
    },
    ...methods.map(lineSeries),
  ],
});
const loss = chart(element("loss"), {
  x: { label: "seconds", log: true },
  y: { label: "loss", log: true },
  series: methods.map(lineSeries),
});
const frequencies = chart(element("frequencies"), {
  x: { label: "frequency k of sin kπx" },
  y: { label: "error", log: true },
  series: methods.map((method) => ({
    ...lineSeries(method),
    points: { show: true, size: 8, fill: method.color },
  })),
});
const spectra = chart(element("spectrum"), {
  x: { label: "index" },
  y: { label: "eigenvalue", log: true },
  series: [methods[0], methods[3]].map(({ color, dash }, i) =>
    lineSeries({ name: ["tangent kernel / largest", "Newton kernel"][i], color, dash }),
  ),
});
const kernels = new KernelSpectra();

let learners = [];
let data = { x: [0], y: [0], frequencies: [1] };
/** Ends what is running; null while nothing is. */
let running = null;
/** Counts resets, so that what began before one does not draw after it. */
let generation = 0;

const say = (text) => {
  element("status").textContent = text;
};

async function reset() {
  await pause();
  const own = ++generation;
  for (const learner of learners) learner.dispose();
  learners = [];
  const [width, beta, gamma] = ["width", "beta", "gamma"].map((id) => Number(element(id).value));
  const activation = element("activation").value;
  data = targets[element("target").value];
  try {
    const { x, y } = data;
    const settings = { width, beta, gamma, activation, data: { x, y } };
    const made = await Promise.all(methods.map((method) => Learner.create(method, settings)));
    if (own !== generation) {
      for (const learner of made) learner.dispose();
      return;
    }
    learners = made;
    say("Ready. Click into the first chart to add points of your own.");
    await kernels.reset(settings);
    await draw();
  } catch (error) {
    say(error.message);
  }
}

async function draw() {
  const own = generation;
  const shown = learners;
  const predictions = await Promise.all(shown.map(({ network }) => network.predict(view)));
  const atData = await Promise.all(shown.map(({ network }) => network.predict(data.x)));
  const errors = await frequencyErrors(atData);
  const eigenvalues = await kernels.at(await shown[3].network.parameters());
  if (own !== generation) return;
  if (eigenvalues !== null) spectra.setData(eigenvalues);
  fit.setData(joined([data, ...predictions.map((y) => ({ x: view, y: [...y] }))]));
  const started = (history) => history.filter(({ seconds, loss }) => seconds > 0 && loss > 0);
  const curves = shown.map(({ history }) => ({
    x: started(history).map(({ seconds }) => seconds),
    y: started(history).map(({ loss }) => loss),
  }));
  if (curves.some(({ x }) => x.length > 0)) loss.setData(joined(curves));
  frequencies.setData([data.frequencies, ...errors]);
  const rows = shown.map(({ method, steps, loss, seconds, done }) => {
    const row = document.createElement("tr");
    const name = document.createElement("td");
    const swatch = document.createElement("span");
    swatch.className = "swatch";
    swatch.style.borderTopColor = method.color;
    name.append(swatch, method.name + (done ? " (done)" : ""));
    row.append(name, ...[String(steps), loss.toExponential(2), seconds.toFixed(2)].map(cell));
    return row;
  });
  element("table").tBodies[0].replaceChildren(...rows);
}

function cell(text) {
  const result = document.createElement("td");
  result.textContent = text;
  return result;
}

/**
 * What is missing of each sine, by least squares with the trend; relative to the largest there is.
 */
async function frequencyErrors(functions) {
  const basis = [
    data.x,
    ...data.frequencies.map((k) => data.x.map((t) => Math.sin(k * Math.PI * t))),
  ];
  if (data.x.length < basis.length) return functions.map(() => data.frequencies.map(() => null));
  const [wanted, ...learned] = await leastSquares(basis, [data.y, ...functions]);
  const size = Math.max(...[...wanted].slice(1).map(Math.abs));
  return learned.map((found) =>
    [...found].slice(1).map((value, i) => Math.max(Math.abs(value - wanted[i + 1]) / size, 1e-16)),
  );
}

async function start() {
  const control = new AbortController();
  const work = learners.map((learner) => learner.run(control.signal));
  running = { control, work: Promise.allSettled(work) };
  element("run").textContent = "Pause";
  say("Learning …");
  const mine = running;
  mine.work.then((results) => {
    const failed = results.find(({ status }) => status === "rejected");
    if (failed && running === mine) say(failed.reason.message);
  });
  while (running === mine) {
    await draw().catch(() => {});
    if (learners.every(({ done }) => done)) await pause();
    await new Promise((resolve) => setTimeout(resolve, 120));
  }
}

async function pause() {
  if (running === null) return;
  const { control, work } = running;
  running = null;
  element("run").textContent = "Run";
  control.abort();
  await work;
  say("Paused.");
  await draw().catch(() => {});
}

element("controls").addEventListener("submit", (event) => {
  event.preventDefault();
  if (running === null) start();
  else pause();
});
element("step").addEventListener("click", async () => {
  await pause();
  await Promise.all(learners.map((learner) => learner.run(undefined, 1)));
  await draw();
});
element("reset").addEventListener("click", reset);
element("export").addEventListener("click", () => {
  const runs = learners.map(({ method, steps, loss, history }) => ({
    method: method.name,
    steps,
    loss,
    history,
  }));
  const settings = Object.fromEntries(controls.map((id) => [id, element(id).value]));
  const content = JSON.stringify({ settings, data: { x: data.x, y: data.y }, runs });
  download("run.json", new Blob([content], { type: "application/json" }));
});
element("picture").addEventListener("click", async () => {
  const panels = [...document.querySelectorAll("figure")].map((figure) => ({
    caption: figure.querySelector("figcaption").textContent,
    canvas: figure.querySelector("canvas"),
  }));
  download("newton-nn.png", await composePicture(panels, methods));
});
element("use").addEventListener("click", async () => {
  await pause();
  try {
    useOwn(parseTable(element("pasted").value));
  } catch (error) {
    say(error.message);
  }
});
for (const id of controls) element(id).addEventListener("change", reset);

/** A click adds a point to those of one's own. */
fit.over
  .addEventListener("click", (event) => {
    const { x, y } = targets[ownPoints];
    const point = [fit.posToVal(event.offsetX, "x"), fit.posToVal(event.offsetY, "y")];
    if (x.includes(point[0])) return;
    useOwn([...x.map((value, m) => [value, y[m]]), point]);
  });

function useOwn(points) {
  const sorted = points.toSorted(([a], [b]) => a - b);
  targets[ownPoints].x = sorted.map(([x]) => x);
  targets[ownPoints].y = sorted.map(([, y]) => y);
  element("target").value = ownPoints;
  reset();
}

reset();
