import { type Browser, chromium, firefox } from "playwright-core";
import { findBrowser, type Search, skipNotice } from "./find.js";

interface Start extends Search {
  launch(executablePath: string): Promise<Browser>;
}

/** Browsers of the system, and what they are started with. */
const BROWSERS = {
  chromium: {
    variable: "NEWTON_NN_CHROMIUM",
    programs: ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"],
    launch: (executablePath) =>
      chromium.launch({
        executablePath,
        args: [
          "--no-sandbox",
          "--disable-gpu",
          "--disable-background-networking",
          "--disable-sync",
        ],
      }),
  },
  firefox: {
    variable: "NEWTON_NN_FIREFOX",
    programs: ["firefox-esr", "firefox"],
    // An unpatched Firefox speaks WebDriver BiDi, which is what this channel means.
    launch: (executablePath) => firefox.launch({ executablePath, channel: "moz-firefox" }),
  },
} as const satisfies Record<string, Start>;

export type BrowserName = keyof typeof BROWSERS;
export const browserNames = Object.keys(BROWSERS) as BrowserName[];

const found = new Map<BrowserName, string | null>();

function locate(name: BrowserName): string | null {
  let path = found.get(name);
  if (path === undefined) {
    path = findBrowser(BROWSERS[name], process.env);
    found.set(name, path);
    if (path === null) console.warn(skipNotice(name, BROWSERS[name]));
  }
  return path;
}

/** Whether a browser can be tested here; continuous integration installs both and must not skip. */
export function isInstalled(name: BrowserName): boolean {
  return locate(name) !== null || process.env.CI !== undefined;
}

/** Where the program of a browser is. */
export function programOf(name: BrowserName): string {
  const path = locate(name);
  if (path === null) throw new Error(skipNotice(name, BROWSERS[name]));
  return path;
}

export function launch(name: BrowserName): Promise<Browser> {
  return BROWSERS[name].launch(programOf(name));
}
