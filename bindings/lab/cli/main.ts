#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command, CommanderError } from "commander";
import { InputError, NewtonError } from "../../support/errors.js";
import { addInfoCommand } from "./info.js";
import { flagOf } from "./options.js";
import { addPredictCommand } from "./predict.js";
import { onOneLine, say } from "./printable.js";
import { addReproduceCommand } from "./reproduce.js";
import { addSolveCommand } from "./solve.js";
import { addSweepCommand } from "./sweep.js";
import { addTrainCommand } from "./train.js";
import { addWorkerCommand } from "./worker.js";

/**
 * Exit codes: 0 done, 2 bad usage or bad input, 3 a training that diverged, 130 and 143
 * interrupted, 1 anything else.
 */
const FAILED = 1;
const BAD_INPUT = 2;
const DIVERGED = 3;

function version(): string {
  // By name: where this file lies is the business of the build.
  const path = fileURLToPath(import.meta.resolve("newton-nn/package.json"));
  const manifest = readFileSync(path, "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

function createProgram(): Command {
  const program = new Command("newton-nn")
    .description("Trains one-hidden-layer neural networks by exact regularized Newton steps.")
    .version(version())
    .exitOverride()
    // Errors of usage are reported as all others are.
    .configureOutput({ outputError: () => {} });
  const commands = [
    addTrainCommand,
    addPredictCommand,
    addInfoCommand,
    addReproduceCommand,
    addSolveCommand,
    addSweepCommand,
    addWorkerCommand,
  ];
  for (const add of commands) add(program);
  return program;
}

interface Report {
  readonly code: string;
  readonly message: string;
  readonly exitCode: number;
}

function describeError(error: unknown): Report {
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, "");
    return { code: "invalid-argument", message, exitCode: BAD_INPUT };
  }
  if (!(error instanceof NewtonError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: "internal", message, exitCode: FAILED };
  }
  const { code, message, argument } = error;
  const flag = argument === undefined ? undefined : flagOf(argument);
  return {
    code,
    message: flag === undefined ? message : message.replace(argument!, flag),
    exitCode: code === "diverged" ? DIVERGED : error instanceof InputError ? BAD_INPUT : FAILED,
  };
}

/**
 * One line for a person on standard error and, with --json, one for a program on standard output.
 */
function report(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    // Without a command commander has shown the help, which says more than a message.
    if (error.code === "commander.help") return BAD_INPUT;
  }
  const { code, exitCode, ...described } = describeError(error);
  const message = onOneLine(described.message);
  say(message);
  if (process.argv.includes("--json")) {
    process.stdout.write(`${JSON.stringify({ type: "error", code, message })}\n`);
  }
  return exitCode;
}

// A reader that closes the pipe early (`| head`) ends the command, it does not break it.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : FAILED);
});

try {
  await createProgram().parseAsync();
} catch (error) {
  const exitCode = report(error);
  // An interrupt has set its own.
  process.exitCode ??= exitCode;
}
