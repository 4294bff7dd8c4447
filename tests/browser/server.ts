import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { text } from "node:stream/consumers";

const TYPES: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** Headers of the pages below a prefix: /plain, /isolated, /strict. */
const MODES: Record<string, Record<string, string>> = {
  plain: {},
  /** Cross-origin isolated: shared memory, and threads with it. */
  isolated: {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
  },
  /** The strictest policy under which WebAssembly runs. */
  strict: {
    "Content-Security-Policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
  },
};

export interface Site {
  readonly url: string;
  /** A path of the server, and the first text that is posted to it. */
  question(): { readonly path: string; readonly answer: Promise<string> };
  close(): void;
}

/** A static server of one folder, on a free port of this machine. */
export async function serve(root: string): Promise<Site> {
  const answers = new Map<string, (text: string) => void>();
  const server = createServer((request, response) => {
    if (request.method === "POST") {
      const take = answers.get(request.url ?? "");
      response.writeHead(take === undefined ? 404 : 204).end();
      if (take !== undefined) void text(request).then(take);
      return;
    }
    const [, mode = "", ...path] = new URL(request.url ?? "/", "http://localhost").pathname.split(
      "/",
    );
    const file = join(root, normalize(path.join("/")));
    try {
      if (MODES[mode] === undefined || !file.startsWith(root)) throw new Error("not served");
      const body = readFileSync(file);
      response.writeHead(200, {
        "Content-Type": TYPES[extname(file)] ?? "text/plain",
        ...MODES[mode],
      });
      response.end(body);
    } catch {
      response.writeHead(404);
      response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    question() {
      const path = `/answers/${answers.size}`;
      return { path, answer: new Promise((resolve) => answers.set(path, resolve)) };
    },
    close: () => void server.close(),
  };
}
