/**
 * An HTTP endpoint that fits a network to the points it is sent, off the event loop.
 *
 *   node examples/embedding/endpoint.mjs then POST { "x": [...], "y": [...], "at": [...] } to /fit
 */
import Fastify from "fastify";
import { Network, NewtonError, train } from "newton-nn";

/** With 10,000 points a step then takes some five seconds and 150 MiB; a stranger gets no more. */
const MOST_NEURONS = 500;
const numbers = { type: "array", items: { type: "number" }, minItems: 1, maxItems: 10_000 };
const width = { type: "integer", maximum: MOST_NEURONS, default: 50 };
const schema = {
  body: {
    type: "object",
    required: ["x", "y"],
    properties: { x: numbers, y: numbers, at: numbers, width },
  },
};

export function createServer() {
  const server = Fastify();
  server.post("/fit", { schema }, async (request, reply) => {
    const { x, y, at = x, width } = request.body;
    const interrupt = new AbortController();
    // A caller that hangs up does not leave a training behind.
    reply.raw.once("close", () => interrupt.abort());
    const network = await Network.create({ width, worker: true });
    try {
      const stop = { loss: 1e-10, seconds: 5 };
      const run = await train(network, { x, y }, { stop, signal: interrupt.signal });
      const values = Array.from(await network.predict(at));
      return { reason: run.reason, loss: run.loss, steps: run.steps, values };
    } finally {
      network.dispose();
    }
  });
  server.setErrorHandler((error, _request, reply) => {
    const status = error instanceof NewtonError ? 422 : (error.statusCode ?? 500);
    return reply.code(status).send({ code: error.code, message: error.message });
  });
  return server;
}

if (process.argv[1] === import.meta.filename) {
  console.log(await createServer().listen({ port: 8080 }));
}
