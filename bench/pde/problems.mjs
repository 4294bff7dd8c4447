/**
 * Differential equations whose solutions are known: what `solve` is given, and the points at which
 * it is judged, none of which it has seen. Those of A. Sulc, arXiv:2602.10541 (FastLSQ), are set as
 * there; the first is that of energy natural gradients (Mueller and Zeinhofer 2023).
 */
import { boundary, grid, uniform } from "newton-nn/pde";

const { PI, cos, exp, sin, sqrt } = Math;
const UNIT = [0, 1];
const SQUARE = [UNIT, UNIT];

const bump = ([x, y]) => sin(PI * x) * sin(PI * y);

/** u = its values, with a weight beside the equation's. */
function told(name, exact, points, weight = 100) {
  return { equation: `${name} = data`, points, data: points.map(exact), weight };
}

function onSquare(equation, exact, { count, weight, network, constants = {}, ...rest }) {
  return {
    coordinates: ["x", "y"],
    unknowns: ["u"],
    constants,
    equations: [
      { equation, points: grid(SQUARE, count, { interior: true }) },
      told("u", exact, boundary(SQUARE, count), weight),
    ],
    network,
    maxSteps: 0,
    exact: { u: exact },
    box: SQUARE,
    ...rest,
  };
}

function onLine(equation, exact, constants) {
  return {
    coordinates: ["x"],
    unknowns: ["u"],
    constants,
    equations: [
      { equation, points: grid([UNIT], 202, { interior: true }) },
      told("u", exact, [[0], [1]]),
    ],
    network: { width: 100, scale: 6 },
    maxSteps: 0,
    exact: { u: exact },
    box: [UNIT],
  };
}

function heat() {
  const exact = ([t, x]) => sin(PI * x) * exp((-PI * PI * t) / 4);
  const points = grid(SQUARE, 30);
  const isKnown = ([t, x]) => t === 0 || x === 0 || x === 1;
  return {
    coordinates: ["t", "x"],
    unknowns: ["u"],
    equations: [
      { equation: "u_t = u_xx/4", points: points.filter((point) => !isKnown(point)) },
      told("u", exact, points.filter(isKnown)),
    ],
    network: { width: 150, scale: 3 },
    maxSteps: 0,
    exact: { u: exact },
    box: SQUARE,
  };
}

function wave() {
  const exact = ([t, x]) => sin(PI * x) * cos(2 * PI * t) + 0.5 * sin(4 * PI * x) * cos(8 * PI * t);
  const points = grid(SQUARE, 60);
  const isSide = ([, x]) => x === 0 || x === 1;
  return {
    coordinates: ["t", "x"],
    unknowns: ["u"],
    equations: [
      { equation: "u_tt = 4*u_xx", points: points.filter(([t, x]) => t > 0 && !isSide([t, x])) },
      told(
        "u",
        exact,
        points.filter(([t, x]) => t === 0 || isSide([t, x])),
        1e4,
      ),
      { equation: "u_t = 0", points: points.filter(([t]) => t === 0), weight: 1e3 },
    ],
    network: { width: 600, scale: [20, 12] },
    maxSteps: 0,
    exact: { u: exact },
    box: SQUARE,
  };
}

async function poisson5() {
  const names = ["x", "y", "z", "v", "w"];
  const box = names.map(() => UNIT);
  const exact = (point) => point.reduce((sum, x) => sum + sin(PI * x), 0);
  const inside = await uniform(box, 2000, { seed: 1 });
  const faces = (await uniform(box, 500, { seed: 2 })).map((point, m) => point.with(m % 5, m % 2));
  const sum = names.map((name) => `sin(pi*${name})`).join(" + ");
  return {
    coordinates: names,
    unknowns: ["u"],
    equations: [{ equation: `-lap(u) = pi^2*(${sum})`, points: inside }, told("u", exact, faces)],
    network: { width: 64, activation: "tanh", scale: 1 },
    method: "newton",
    maxSteps: 400,
    exact: { u: exact },
    box,
  };
}

function kovasznay() {
  const box = [
    [-0.5, 1],
    [-0.5, 1.5],
  ];
  const Re = 40;
  const l = Re / 2 - sqrt((Re * Re) / 4 + 4 * PI * PI);
  const exact = {
    u: ([x, y]) => 1 - exp(l * x) * cos(2 * PI * y),
    v: ([x, y]) => (l / (2 * PI)) * exp(l * x) * sin(2 * PI * y),
    p: ([x]) => 0.5 * (1 - exp(2 * l * x)),
  };
  const points = grid(box, [30, 34], { interior: true });
  const edge = boundary(box, [30, 34]);
  return {
    coordinates: ["x", "y"],
    unknowns: ["u", "v", "p"],
    constants: { Re },
    equations: [
      { equation: "u*u_x + v*u_y + p_x - lap(u)/Re = 0", points },
      { equation: "u*v_x + v*v_y + p_y - lap(v)/Re = 0", points },
      { equation: "u_x + v_y = 0", points },
      told("u", exact.u, edge, 10),
      told("v", exact.v, edge, 10),
      told("p", exact.p, [[1, 1.5]], 10),
    ],
    network: { width: 300, scale: 7 },
    maxSteps: 0,
    exact,
    box,
  };
}

const SOURCE = "2*pi^2*sin(pi*x)*sin(pi*y)";

/** Name, options of `solve` with `exact` and `box`, and bounds of the error and the seconds. */
export const problems = [
  {
    name: "Poisson 2D, 784 + 116 grid points, 200 sin",
    published: "2.3e-7",
    most: [1e-11, 0.3],
    make: () =>
      onSquare(`-lap(u) = ${SOURCE}`, bump, { count: 30, network: { width: 200, scale: 3 } }),
  },
  {
    name: "the same, 32 tanh, varpro",
    published: "2.3e-7",
    most: [2e-7, 10],
    make: () =>
      onSquare(`-lap(u) = ${SOURCE}`, bump, {
        count: 30,
        network: { width: 32, activation: "tanh", scale: 1.5 },
        method: "varpro",
        maxSteps: 1300,
      }),
  },
  { name: "heat 1+1, 150 sin", published: "1e-6 to 1e-8", most: [1e-9, 0.3], make: heat },
  {
    name: "-lap u + u^3 = f, 150 sin",
    published: "6.1e-8",
    most: [1e-9, 0.5],
    make: () =>
      onSquare(`-lap(u) + u^3 = ${SOURCE} + (sin(pi*x)*sin(pi*y))^3`, bump, {
        count: 30,
        network: { width: 150, scale: 3 },
      }),
  },
  {
    name: "Bratu, -lap u - e^u = f, 150 sin",
    published: "1.5e-7",
    most: [2e-9, 0.5],
    make: () =>
      onSquare(`-lap(u) - exp(u) = ${SOURCE} - exp(sin(pi*x)*sin(pi*y))`, bump, {
        count: 30,
        network: { width: 150, scale: 3 },
      }),
  },
  {
    name: "lap u + 9 u + u^3/2 = f, 150 sin",
    published: "2.4e-9",
    most: [5e-11, 0.5],
    make: () =>
      onSquare(
        "lap(u) + 9*u + u^3/2 = -9*sin(3*x)*sin(3*y) + (sin(3*x)*sin(3*y))^3/2",
        ([x, y]) => sin(3 * x) * sin(3 * y),
        { count: 30, network: { width: 150, scale: 3 } },
      ),
  },
  {
    name: "Helmholtz, k = 10, 300 sin",
    published: "1.9e-6",
    most: [1e-7, 2],
    make: () =>
      onSquare("lap(u) + k^2*u = -k^2*sin(k*x)*sin(k*y)", ([x, y]) => sin(10 * x) * sin(10 * y), {
        count: 55,
        weight: 1e4,
        network: { width: 300, scale: 10 },
        constants: { k: 10 },
      }),
  },
  { name: "wave 1+1, two modes, 600 sin", published: "1.3e-6", most: [1e-6, 5], make: wave },
  {
    name: "Burgers, steady, nu = 0.1, 100 sin",
    published: "3.9e-9",
    most: [1e-10, 0.5],
    make: () =>
      onLine(
        "u*u_x - nu*u_xx = 2*pi*sin(2*pi*x)*cos(2*pi*x) + 4*nu*pi^2*sin(2*pi*x)",
        ([x]) => sin(2 * PI * x),
        { nu: 0.1 },
      ),
  },
  {
    name: "Allen-Cahn, steady, 0.1, 100 sin",
    published: "6.0e-8",
    most: [1e-10, 0.5],
    make: () =>
      onLine("eps*u_xx + u - u^3 = (1 - eps*pi^2)*sin(pi*x) - sin(pi*x)^3", ([x]) => sin(PI * x), {
        eps: 0.1,
      }),
  },
  {
    name: "Poisson 5D, 2500 points, 64 tanh",
    published: "1e-4",
    most: [2e-6, 60],
    make: poisson5,
  },
  {
    name: "Kovasznay flow, Re = 40, 300 sin",
    published: "1e-4",
    most: [1e-6, 20],
    make: kovasznay,
  },
];
