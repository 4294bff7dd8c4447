/**
 * What `npm start` runs: two trainings by the command line, on the Mauna Loa CO2 record (a trend
 * and a season, in three inputs) and on the target of the published experiments (five frequencies,
 * in one). Models and plots go to out/.
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
  ...["train", "examples/data/mauna-loa-co2.csv", "--target", "co2"],
  ...["--width", "60", "--holdout", "0.2", "--max-steps", "400"],
  ...["--out", "out/co2-model.json", "--plot", "out/co2-loss.svg"],
);
newtonNN(
  ...["train", "examples/data/four-frequency.csv", "--target", "y", "--no-standardize"],
  ...["--width", "100", "--max-steps", "10000", "--stop-loss", "1e-8", "--stop-seconds", "60"],
  ...["--out", "out/four-frequency-model.json", "--plot", "out/four-frequency-loss.svg"],
);
newtonNN("info", "out/co2-model.json");
