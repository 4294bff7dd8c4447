import * as newton from "../../../dist/index.js";
import * as work from "./work.js";

globalThis.ready = Object.fromEntries(
  Object.entries(work).map(([name, run]) => [name, (...args) => run(newton, ...args)]),
);
