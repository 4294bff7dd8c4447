/**
 * Tasks of page/work.js in a Firefox without a WebDriver session. While there is one, Firefox
 * registers every worker with the debugger of the session, and now and then the constructor of a
 * worker within a worker does not return; without a session it always does.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Site } from "./server.js";

/** Milliseconds for an answer. */
const TIME = 50_000;

export async function runAlone(
  firefox: string,
  site: Site,
  mode: string,
  task: string,
  ...args: unknown[]
): Promise<unknown> {
  const profile = mkdtempSync(join(tmpdir(), "newton-nn-firefox-"));
  const { path, answer } = site.question();
  const question = encodeURIComponent(JSON.stringify({ path, task, args }));
  const page = `${site.url}/${mode}/tests/browser/page/alone.html#${question}`;
  const options = ["--headless", "--no-remote", "--profile", profile];
  const browser = spawn(firefox, [...options, page], { stdio: "ignore" });
  const ended = once(browser, "exit");
  // Before the time of a test is over, so that no browser is left behind.
  const late = setTimeout(() => browser.kill(), TIME);
  try {
    const text = await Promise.race([answer, ended.then(() => null)]);
    if (text === null) throw new Error("Firefox ended without an answer");
    const { result, error } = JSON.parse(text);
    if (error !== undefined) throw new Error(error);
    return result;
  } finally {
    clearTimeout(late);
    browser.kill();
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
