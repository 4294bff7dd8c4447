import { dirname, resolve } from "node:path";
import { readText } from "../files.js";
import { parseYaml } from "../yaml.js";
import { checkPlan } from "./check-plan.js";
import type { Plan } from "./plan.js";

/**
 * Reads a plan from a YAML (or JSON) file. @throws InputError `file`, `invalid-argument` with the
 * lines of all faults
 */
export function readPlan(path: string): Plan {
  return parsePlan(readText(path), path);
}

export function parsePlan(text: string, source: string): Plan {
  const { value, line } = parseYaml(text, source);
  return checkPlan(value, source, line);
}

export function planFolder(path: string): string {
  return dirname(resolve(path));
}
