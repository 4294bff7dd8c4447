import { ResourceError } from "../support/errors.js";

interface NodeModules {
  getBuiltinModule?(name: "node:fs/promises"): typeof import("node:fs/promises");
}

/** First bytes of every WebAssembly binary. */
const MAGIC = [0x00, 0x61, 0x73, 0x6d];

/**
 * Compiles a core from a separate file: over the network, or from the disk for file: URLs in Node.
 * @throws ResourceError `load-failed`, with the URL and what came from there
 */
export async function fetchCore(url: URL): Promise<WebAssembly.Module> {
  const bytes = url.protocol === "file:" ? await readCore(url) : await downloadCore(url);
  return WebAssembly.compile(bytes);
}

async function downloadCore(url: URL): Promise<ArrayBuffer> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (cause) {
    throw failed(url, `no answer (${String(cause)})`, cause);
  }
  const type = response.headers.get("content-type") ?? "none";
  const answer = `status ${response.status}, content type ${type}`;
  if (!response.ok) throw failed(url, answer);
  const bytes = await response.arrayBuffer();
  // A server that answers every path with its page is the usual mistake.
  if (!isBinary(bytes)) throw failed(url, `${answer}, and no WebAssembly binary`);
  return bytes;
}

async function readCore(url: URL): Promise<ArrayBuffer> {
  const { process } = globalThis as { process?: NodeModules };
  const files = process?.getBuiltinModule?.("node:fs/promises");
  if (files === undefined) throw failed(url, "a file, which only Node reads");
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = Uint8Array.from(await files.readFile(url));
  } catch (cause) {
    throw failed(url, String(cause), cause);
  }
  if (!isBinary(bytes.buffer)) throw failed(url, "a file that is no WebAssembly binary");
  return bytes.buffer;
}

function isBinary(bytes: ArrayBuffer): boolean {
  const start = new Uint8Array(bytes.slice(0, 4));
  return MAGIC.every((byte, index) => start[index] === byte);
}

function failed(url: URL, got: string, cause?: unknown): ResourceError {
  return new ResourceError("load-failed", `wasm: cannot load ${url.href}: ${got}`, {
    argument: "wasm",
    expected: "a WebAssembly binary of this release",
    got,
    cause,
  });
}
