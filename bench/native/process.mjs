import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A Python process that answers one line a request. */
export class Native {
  static async start(threads) {
    const script = new URL("work.py", import.meta.url).pathname;
    const env = { ...process.env, OPENBLAS_NUM_THREADS: String(threads) };
    const child = spawn("python3", [script], { env, stdio: ["pipe", "pipe", "inherit"] });
    const native = new Native();
    native.child = child;
    native.lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    native.version = (await native.lines.next()).value;
    if (native.version === undefined) throw new Error("python3 with SciPy is needed");
    return native;
  }

  async time(work, size) {
    this.child.stdin.write(`${work} ${size}\n`);
    return Number((await this.lines.next()).value);
  }

  stop() {
    this.child.stdin.end();
  }
}
