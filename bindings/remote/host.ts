/** Starts a worker from source, in Node and in browsers, behind one face. */
export interface Host {
  /** Copies the message but for the buffers in `transfer`, which are handed over. */
  send(message: unknown, transfer?: ArrayBuffer[]): void;
  /** Whether the worker keeps a Node process alive: while something is asked of it. */
  keepAlive(alive: boolean): void;
  terminate(): void;
}

export interface HostEvents {
  message(data: unknown): void;
  /** The worker is no more. */
  failed(reason: string): void;
}

interface NodeModules {
  getBuiltinModule?(name: "node:worker_threads"): typeof import("node:worker_threads");
}

/** Throws what the engine throws where workers are not to be had, or are refused by a policy. */
export function startHost(source: string, events: HostEvents): Host {
  const { process } = globalThis as { process?: NodeModules };
  const threads = process?.getBuiltinModule?.("node:worker_threads");
  return threads === undefined
    ? startWebWorker(source, events)
    : startNodeWorker(threads, source, events);
}

function startNodeWorker(
  { Worker: NodeWorker }: typeof import("node:worker_threads"),
  source: string,
  events: HostEvents,
): Host {
  const worker = new NodeWorker(source, { eval: true });
  worker.on("message", events.message);
  worker.on("error", (error: unknown) => events.failed(String(error)));
  worker.on("exit", (code) => events.failed(`it ended with code ${code}`));
  worker.unref();
  return {
    send: (message, transfer = []) => worker.postMessage(message, transfer),
    keepAlive: (alive) => (alive ? worker.ref() : worker.unref()),
    terminate: () => void worker.terminate(),
  };
}

function startWebWorker(source: string, events: HostEvents): Host {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url);
  worker.onmessage = ({ data }) => events.message(data);
  worker.onerror = (event) => events.failed(event.message || "it could not be started");
  return {
    send: (message, transfer = []) => worker.postMessage(message, transfer),
    keepAlive: () => {},
    terminate: () => {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}
