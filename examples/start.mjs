/**
 * What `npm start` runs: fits by the command line. The strength of concrete (a noisy table, eight
 * inputs) and the Mauna Loa CO2 record (a trend and a season) come with error bars; the target of
 * the published experiments has no noise and is met as far as float64 goes in a minute. Models and
 * pictures go to out/.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Shows the command as a user would type it, then runs it. */
function newtonNN(...args) {
  process.stdout.write(`\n$ npx newton-nn ${args.join(" ")}\n\n`);
  const command = [join(root, "dist/cli/main.js"), ...args];
  const { status, signal } = spawnSync(process.execPath, command, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(signal === null ? status : 1);
}

mkdirSync(join(root, "out"), { recursive: true });

newtonNN(
  ...["train", "examples/data/concrete.csv", "--target", "strength", "--holdout", "0.1"],
  ...["--members", "5", "--out", "out/concrete-model.json", "--plot-fit", "out/concrete-fit.svg"],
);
newtonNN(
  ...["train", "examples/data/mauna-loa-co2.csv", "--target", "co2", "--holdout", "0.2"],
  ...["--out", "out/co2-model.json", "--plot-fit", "out/co2-fit.svg", "--along", "year"],
);
newtonNN(
  ...["train", "examples/data/four-frequency.csv", "--target", "y", "--interpolate"],
  ...["--no-standardize", "--width", "100", "--max-steps", "10000"],
  ...["--stop-loss", "1e-8", "--stop-seconds", "60"],
  ...["--out", "out/four-frequency-model.json", "--plot", "out/four-frequency-loss.svg"],
);
newtonNN("info", "out/concrete-model.json");
