/**
 * `npm test`: the core's tests (as-pect), then those of the bindings, the references and the
 * command (vitest). Ends with one line that counts them all. Arguments are passed on to vitest.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function runBin(path, args, stdio) {
  return spawnSync(process.execPath, [join(root, "node_modules", path), ...args], {
    cwd: root,
    stdio,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
}

/**
 * as-pect has no machine-readable summary on standard output; its text is stable and ends with
 * `[Tests]: passed / all`.
 */
function testCore() {
  const args = [
    "--no-logo",
    "-c",
    "tests/assembly/as-pect.config.js",
    "-a",
    "tests/assembly/as-pect.asconfig.json",
  ];
  const { stdout, stderr, status } = runBin("@as-pect/cli/bin/asp.js", args, [
    "ignore",
    "pipe",
    "pipe",
  ]);
  const text = stripVTControlCharacters(stdout);
  process.stdout.write(text);
  process.stderr.write(stderr);
  const summary = /\[Tests\]:\s*(\d+)\s*\/\s*(\d+)/.exec(text);
  if (summary === null) return { passed: 0, failed: 1, skipped: 0 };
  const passed = Number(summary[1]);
  const failed = Number(summary[2]) - passed;
  // A spec that does not compile, or that fails outside a test, shows in the exit status alone.
  return { passed, failed: status === 0 ? failed : Math.max(failed, 1), skipped: 0 };
}

function testBindings() {
  const output = join(root, "build/vitest.json");
  mkdirSync(dirname(output), { recursive: true });
  rmSync(output, { force: true });
  const args = [
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${output}`,
    ...process.argv.slice(2),
  ];
  const { status } = runBin("vitest/vitest.mjs", args, ["ignore", "inherit", "inherit"]);
  try {
    const result = JSON.parse(readFileSync(output, "utf8"));
    for (const file of result.testResults) {
      for (const test of file.assertionResults) {
        if (test.status === "pending" || test.status === "skipped") {
          process.stdout.write(`SKIPPED: ${test.fullName}\n`);
        }
      }
    }
    const failed = result.numFailedTests + result.testResults.filter(isBroken).length;
    return {
      passed: result.numPassedTests,
      failed: status === 0 ? failed : Math.max(failed, 1),
      skipped: result.numPendingTests + result.numTodoTests,
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/** A file that failed before its first test. */
function isBroken(file) {
  return (
    file.status === "failed" && file.assertionResults.every(({ status }) => status !== "failed")
  );
}

const parts = [testCore(), testBindings()];
const sum = (key) => parts.reduce((total, part) => total + part[key], 0);
const [passed, failed, skipped] = ["passed", "failed", "skipped"].map(sum);
process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
