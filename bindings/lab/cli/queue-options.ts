import { type Command, Option } from "commander";
import { invalid } from "../../support/errors.js";
import { readText } from "../files.js";

/**
 * Where a queue is. An address on the command line is seen by everyone on the machine; one in a
 * file or in the environment is not.
 */
export interface QueueFlags {
  /** `false`: none, whatever the environment says. */
  readonly queue?: string | false;
  readonly queueFile?: string;
  readonly queueName?: string;
}

const VARIABLE = "NEWTON_NN_QUEUE";

export function addQueueOptions(command: Command, purpose: string): Command {
  return command
    .option(
      "--queue <url>",
      `${purpose}: redis://... or postgres://... (default: that in ${VARIABLE})`,
    )
    .addOption(new Option("--queue-file <path>", "file with that address").conflicts("queue"))
    .option("--queue-name <name>", "of the queue (default: newton-nn)");
}

/**
 * The queue that flags, a file or the environment name, in this order. @throws InputError `file`,
 * `invalid-argument`
 */
export function queueOf({ queue, queueFile, queueName }: QueueFlags) {
  if (queue === false) return undefined;
  const url = queue ?? addressIn(queueFile) ?? (process.env[VARIABLE] || undefined);
  if (url === undefined) return undefined;
  return { url, ...(queueName !== undefined && { name: queueName }) };
}

/** As `queueOf`, where there has to be one. */
export function requireQueue(flags: QueueFlags) {
  const queue = queueOf(flags);
  if (queue !== undefined) return queue;
  const expected = `an address, here, in --queue-file or in ${VARIABLE}`;
  throw invalid("invalid-argument", "--queue", expected, "none");
}

function addressIn(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const address = readText(path).trim();
  if (address !== "" && !/\s/.test(address)) return address;
  const got = address === "" ? "nothing" : "several words";
  throw invalid("invalid-argument", "--queue-file", "a file with one address", got);
}
