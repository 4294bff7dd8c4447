import { describe, type InputError, invalid } from "../../../support/errors.js";

const DRIVERS = {
  "redis:": "ioredis",
  "rediss:": "ioredis",
  "postgres:": "pg",
  "postgresql:": "pg",
} as const;

export type Driver = (typeof DRIVERS)[keyof typeof DRIVERS];

/**
 * The driver for an address.
 * @throws InputError `invalid-argument` for another kind of address, or one whose password could be
 *   taken for something else
 */
export function driverOf(url: string): Driver {
  const protocol = URL.canParse(url) ? new URL(url).protocol : "";
  if (!(protocol in DRIVERS)) throw refuse(url, "an address redis://... or postgres://...");
  // `redis://user:12/34@host` is also the address of a host "user" at port 12.
  if (url.slice(endOfAuthority(url)).includes("@")) {
    throw refuse(url, "an address whose password has / ? # @ as %2F %3F %23 %40");
  }
  return DRIVERS[protocol as keyof typeof DRIVERS];
}

function refuse(url: string, expected: string): InputError {
  return invalid("invalid-argument", "queue", expected, describe(redact(url)));
}

/** Where user, password and host of an address end, as a parser sees it. */
function endOfAuthority(url: string): number {
  const start = url.indexOf("://") + 3;
  const length = url.slice(start).search(/[/?#]/);
  return length < 0 ? url.length : start + length;
}

/** Host, port and path; everything else may be a part of a password. */
const PLACE = /^(\[[\da-f:.]*\]|[^:/[\]]+)(:\d+)?(\/.*)?$/i;

/**
 * An address for people: protocol, host and path. User, password and query are left out, and
 * everything that could be part of them where the address can be read in several ways.
 */
export function redact(url: string): string {
  const [, protocol, rest] = /^([a-z][a-z0-9+.-]*:\/\/)(.*)$/i.exec(url) ?? [];
  if (protocol === undefined || rest === undefined) return "***";
  const [, place, query] = /^([^?#]*)(.*)$/.exec(rest) as unknown as [string, string, string];
  const at = place.lastIndexOf("@");
  const [secret, host] = [place.slice(0, Math.max(at, 0)), place.slice(at + 1)];
  if (query.includes("@") || secret.includes("/") || !PLACE.test(host)) return `${protocol}***`;
  return `${protocol}${at < 0 ? "" : "***@"}${host}${query === "" ? "" : "?***"}`;
}

/** Takes an address that has a driver, and its secrets, out of what the driver says. */
export function scrub(text: string, url: string): string {
  const { password, searchParams } = new URL(url);
  const secrets = [password, ...searchParams.values()].flatMap((secret) => [
    secret,
    decode(secret),
  ]);
  return [...new Set(secrets)]
    .filter((secret) => secret !== "")
    .sort((a, b) => b.length - a.length)
    .reduce((clean, secret) => clean.replaceAll(secret, "***"), text.replaceAll(url, redact(url)));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
