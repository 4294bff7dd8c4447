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
import { InputError } from "../support/errors.js";

/** A value, and where its parts are in the file. */
export interface Located {
  readonly value: unknown;
  /** The line of what is at a path, for messages: `, line 3`; empty where there is none. */
  readonly line: (path: readonly string[]) => string;
}

/** @throws InputError `invalid-argument` for what is not YAML (of which JSON is a part) */
export function parseYaml(text: string, source: string): Located {
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
  try {
    return { value: document.toJS({ maxAliasCount: 100 }), line };
  } catch (cause) {
    throw new InputError("invalid-argument", `${source}: ${String(cause)}`, {
      argument: source,
      cause,
    });
  }
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
