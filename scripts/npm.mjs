import { execFileSync } from "node:child_process";

/**
 * Runs the npm that runs this script, or that of the search path: in a script of `npm run` the path
 * has another one first, an old one that a dependency brings.
 */
export function npm(args, options) {
  const { npm_execpath: path } = process.env;
  return path === undefined
    ? execFileSync("npm", args, { ...options, shell: process.platform === "win32" })
    : execFileSync(process.execPath, [path, ...args], options);
}
