import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PACKAGE_SERVER = fileURLToPath(new URL("js/serve.mjs", import.meta.url));
const SERVER = fileURLToPath(new URL("python/serve.py", import.meta.url));

/**
 * A process that runs methods of a peer, on one thread, one at a time: of a module of
 * bench/peers/python, or of bench/peers/js.
 */
export class Peer {
  #child;
  #lines;

  /** The first of the interpreters that can import what the module needs; null if none can. */
  static async start(module, interpreters = ["python3", "/usr/bin/python3"]) {
    for (const interpreter of interpreters) {
      const peer = new Peer(interpreter, module);
      const first = await peer.#read();
      if (first !== null) return Object.assign(peer, first);
    }
    return null;
  }

  /** A package of npm. */
  static async startPackage(module) {
    const peer = new Peer(process.execPath, module, PACKAGE_SERVER);
    const first = await peer.#read();
    return first === null ? null : Object.assign(peer, first);
  }

  constructor(interpreter, module, server = SERVER) {
    const env = { ...process.env, OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1" };
    this.#child = spawn(interpreter, [server, module], { env, stdio: ["pipe", "pipe", "ignore"] });
    this.#child.on("error", () => {});
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async run(request) {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const answer = await this.#read();
    if (answer === null) throw new Error(`the peer ended during ${request.method}`);
    return answer;
  }

  stop() {
    this.#child.stdin.end();
  }

  /** For one that does not come back. */
  kill() {
    this.#child.kill("SIGKILL");
  }

  async #read() {
    const { value } = await this.#lines.next();
    return value === undefined ? null : JSON.parse(value);
  }
}

/** A problem and a network's parameters as a request has them. */
export function describeProblem({ x, y }, network) {
  const { w, eta, c } = network.parameters;
  const theta = Buffer.concat([w, eta, c].map((part) => Buffer.from(part.buffer)));
  return { theta: theta.toString("base64"), x, y, beta: network.beta };
}
