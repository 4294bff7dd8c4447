import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const SERVER = fileURLToPath(new URL("python/serve.py", import.meta.url));

/** A Python process that runs methods of one module of bench/peers/python, on one thread, one at a time. */
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

  constructor(interpreter, module) {
    const env = { ...process.env, OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1" };
    this.#child = spawn(interpreter, [SERVER, module], { env, stdio: ["pipe", "pipe", "ignore"] });
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
