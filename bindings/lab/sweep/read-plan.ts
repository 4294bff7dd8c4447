import { dirname, resolve } from "node:path";
import {
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
} from "yaml";
import { InputError } from "../../support/errors.js";
import { readText } from "../files.js";
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
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: true });
  const [error] = document.errors;
  if (error !== undefined) {
    throw new InputError("invalid-argument", `${source}: ${error.message}`, {
      argument: source,
      expected: "YAML",
      cause: error,
    });
  }
  const line = (path: readonly string[]) => {
    const node = deepest(document.contents, path);
    return node?.range ? `, line ${counter.linePos(node.range[0]).line}` : "";
  };
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw new InputError("invalid-argument", `${source}: ${String(cause)}`, {
      argument: source,
      cause,
    });
  }
  return checkPlan(value, source, line);
}

/** The node at a path, or the last one on the way: the key of a property that is not known. */
function deepest(root: unknown, path: readonly string[]): Node | null {
  let node = isNode(root) ? root : null;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === part);
      if (pair === undefined || !isPair(pair)) return node;
      if (!isNode(pair.value) || part === path.at(-1)) return isNode(pair.key) ? pair.key : node;
      node = pair.value;
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(part)];
      if (!isNode(item)) return node;
      node = item;
    }
  }
  return node;
}

export function planFolder(path: string): string {
  return dirname(resolve(path));
}
