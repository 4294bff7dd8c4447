import { execFile } from "node:child_process";
import { join } from "node:path";

export const root = join(import.meta.dirname, "../..");
/** The built command, as a user gets it: `npm run build` makes it, `npm test` sees to that. */
export const command = join(root, "dist/cli/main.js");

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script to its end; standard error is no terminal. */
export function execute(script: string, args: readonly string[], cwd: string): Promise<Result> {
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], { cwd }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

export const lines = (text: string) => text.trimEnd().split("\n");
/** The values of a text with one JSON value a line. */
export const json = (text: string) => lines(text).map((line) => JSON.parse(line));
