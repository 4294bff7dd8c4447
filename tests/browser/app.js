/** The application that every bundler builds: what a user of the package would write. */
import { Network, train } from "newton-nn";

async function main() {
  const x = Array.from({ length: 30 }, (_, m) => m / 29);
  const y = x.map((t) => t * t);
  const network = await Network.create({ width: 20 });
  const { loss } = await train(network, { x, y }, { maxSteps: 30 });
  const remote = await Network.create({ width: 20, worker: true });
  const run = await train(remote, { x, y }, { maxSteps: 30 });
  remote.dispose();
  globalThis.result = { loss, same: run.loss === loss };
}

main().catch((error) => {
  globalThis.result = { error: String(error) };
});
