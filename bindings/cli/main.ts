#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { InputError, NewtonError } from "../errors.js";
import { addInfoCommand } from "./info.js";
import { addPredictCommand } from "./predict.js";
import { addTrainCommand } from "./train.js";

/** Exit codes: 0 done, 2 bad usage or bad input, 1 anything else. */
const FAILED = 1;
const BAD_INPUT = 2;

function version(): string {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

function createProgram(): Command {
  const program = new Command("newton-nn")
    .description("Trains one-hidden-layer neural networks by exact regularized Newton steps.")
    .version(version())
    .exitOverride()
    .showHelpAfterError("(newton-nn --help shows all commands and options)");
  for (const add of [addTrainCommand, addPredictCommand, addInfoCommand]) add(program);
  return program;
}

/** One line for a person on standard error and, with --json, one for a program on standard output. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : BAD_INPUT;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`newton-nn: ${message}\n`);
  if (process.argv.includes("--json")) {
    const code = error instanceof NewtonError ? error.code : "internal";
    process.stdout.write(`${JSON.stringify({ type: "error", code, message })}\n`);
  }
  return error instanceof InputError ? BAD_INPUT : FAILED;
}

// A reader that closes the pipe early (`| head`) ends the command, it does not break it.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : FAILED);
});

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = report(error);
}
