/**
 * Prints the initial parameters of `Network.create` for the Python references, as JSON: shape and
 * base64 of little-endian float64 in the order all w, all eta, all c. The package has to be built.
 *
 *   node tests/reference/export-parameters.mjs [width = 1000] [inputs = 1] [seed = 0]
 */
import { Network } from "../../dist/index.js";

const [width = 1000, inputs = 1, seed = 0] = process.argv.slice(2).map(Number);
const net = await Network.create({ width, inputs, seed });
const { w, eta, c } = net.parameters;
const theta = Buffer.concat([w, eta, c].map((part) => Buffer.from(part.buffer)));
process.stdout.write(
  `${JSON.stringify({ width, inputs, seed, theta: theta.toString("base64") })}\n`,
);
net.dispose();
