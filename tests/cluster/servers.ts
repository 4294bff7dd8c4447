/** Real servers for the tests of queues, each with a port and a folder of its own. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Server {
  readonly url: string;
  /** Kills it without notice and starts it on the same data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export const servers = [
  { name: "redis", installed: onPath("redis-server"), start: startRedis, kills: 20 },
  { name: "postgres", installed: postgresFolder() !== null, start: startPostgres, kills: 8 },
] as const;

function onPath(command: string): boolean {
  return (process.env.PATH ?? "").split(":").some((folder) => existsSync(join(folder, command)));
}

/** Debian keeps the programs of the server out of the path. */
function postgresFolder(): string | null {
  const root = "/usr/lib/postgresql";
  if (!existsSync(root)) return null;
  const versions = readdirSync(root).filter((name) => existsSync(join(root, name, "bin/postgres")));
  return versions.length === 0 ? null : join(root, versions.at(-1)!, "bin");
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

async function answers(port: number): Promise<void> {
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
      socket.once("close", () => socket.destroy());
      socket.once("connect", () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function ended(child: ChildProcess): Promise<void> {
  return child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once("exit", () => resolve()));
}

async function startRedis(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "newton-nn-redis-"));
  const port = await freePort();
  // Every write is on the disk before it is answered.
  const args = ["--port", String(port), "--dir", folder, "--save", "", "--appendonly", "yes", "--appendfsync", "always"]; // biome-ignore format: pairs
  const start = () => spawn("redis-server", args, { stdio: "ignore" });
  let child = start();
  await answers(port);
  return {
    url: `redis://127.0.0.1:${port}`,
    restart: async () => {
      child.kill("SIGKILL");
      await ended(child);
      child = start();
      await answers(port);
    },
    stop: async () => {
      child.kill("SIGKILL");
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startPostgres(): Promise<Server> {
  const bin = postgresFolder()!;
  const folder = mkdtempSync(join(tmpdir(), "newton-nn-postgres-"));
  const port = await freePort();
  const data = join(folder, "data");
  mkdirSync(data, { mode: 0o700 });
  // The server refuses to run as root.
  const ids = process.getuid?.() === 0 ? idsOf("postgres") : null;
  if (ids !== null) for (const path of [folder, data]) chownSync(path, ids.uid, ids.gid);
  const options = { ...ids, stdio: "ignore" } as const;
  execFileSync(join(bin, "initdb"), ["-D", data, "-A", "trust", "-U", "newton"], options);
  const args = ["-D", data, "-p", String(port), "-k", folder, "-c", "listen_addresses=127.0.0.1"];
  const start = () => spawn(join(bin, "postgres"), args, options);
  let child = start();
  await answers(port);
  return {
    url: `postgres://newton@127.0.0.1:${port}/postgres`,
    restart: async () => {
      child.kill("SIGQUIT");
      await ended(child);
      child = start();
      await answers(port);
    },
    stop: async () => {
      child.kill("SIGQUIT");
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function idsOf(user: string): { uid: number; gid: number } {
  const [uid, gid] = ["-u", "-g"].map((flag) =>
    Number(execFileSync("id", [flag, user], { encoding: "utf8" })),
  ) as [number, number];
  return { uid, gid };
}
