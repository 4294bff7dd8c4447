import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Where a browser is looked for: a variable of the environment that names it, then the path. */
export interface Search {
  readonly variable: string;
  /** Names of the program, as distributions have it. */
  readonly programs: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Path of an installed browser, or `null`.
 * @throws Error when the variable names nothing that can be run: what was asked for is not skipped
 */
export function findBrowser({ variable, programs }: Search, env: Environment): string | null {
  const named = env[variable];
  if (named !== undefined && named !== "") {
    if (canRun(named)) return named;
    throw new Error(`${variable}: ${named} cannot be run`);
  }
  const folders = (env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const places = programs.flatMap((program) => folders.map((folder) => join(folder, program)));
  return places.find(canRun) ?? null;
}

/** Why tests are skipped, for whoever reads their output. */
export function skipNotice(name: string, { variable, programs }: Search): string {
  return `SKIPPED: tests in ${name}: no ${programs.join(", ")} on the PATH, and ${variable} is not set`;
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
