import { existsSync } from "node:fs";
import { type Browser, chromium, firefox } from "playwright-core";

/** Browsers of the system, by Debian's paths; what they are started with. */
const BROWSERS = {
  chromium: {
    path: "/usr/bin/chromium",
    launch: (executablePath: string) =>
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
    path: "/usr/bin/firefox-esr",
    // An unpatched Firefox speaks WebDriver BiDi, which is what this channel means.
    launch: (executablePath: string) => firefox.launch({ executablePath, channel: "moz-firefox" }),
  },
} as const;

export type BrowserName = keyof typeof BROWSERS;
export const browserNames = Object.keys(BROWSERS) as BrowserName[];

/** Whether a browser can be tested here; continuous integration installs both and must not skip. */
export function isInstalled(name: BrowserName): boolean {
  return existsSync(BROWSERS[name].path) || process.env.CI !== undefined;
}

export function launch(name: BrowserName): Promise<Browser> {
  return BROWSERS[name].launch(BROWSERS[name].path);
}
