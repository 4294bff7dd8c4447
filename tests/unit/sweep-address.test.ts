/** Where the secrets in the address of a queue go: nowhere. */
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { driverOf, redact, scrub } from "../../bindings/lab/sweep/queue/address.js";
import { connect } from "../../bindings/lab/sweep/queue/backend.js";
import { faultOf } from "./support.js";

const SECRET = "hunter2";

describe("an address of a queue", () => {
  it.each([
    ["redis://host:6379/0", "redis://host:6379/0"],
    [`redis://:${SECRET}@host`, "redis://***@host"],
    [`postgres://user:${SECRET}@host:5432/db`, "postgres://***@host:5432/db"],
    [`postgres://user:a@${SECRET}@host/db`, "postgres://***@host/db"],
    [`redis://user:12/${SECRET}@host`, "redis://***"],
    [`redis://user:12?${SECRET}@host`, "redis://***"],
    [`redis://host/0?password=${SECRET}`, "redis://host/0?***"],
    [`redis://host/0?password=a@${SECRET}`, "redis://***"],
    [`redis://:${SECRET}`, "redis://***"],
    [`redis://user:${SECRET}`, "redis://***"],
    [`rediss://u:${SECRET}@[::1]:6379/1`, "rediss://***@[::1]:6379/1"],
    [`redis://user:${SECRET}@:6379`, "redis://***"],
    [`amqp://user:${SECRET}@x`, "amqp://***@x"],
    [`${SECRET}@host`, "***"],
    ["", "***"],
  ])("%s is shown as %s", (url, shown) => {
    expect(redact(url)).toBe(shown);
  });

  it("shows no password, whatever is in it", () => {
    const mark = "Zq7";
    const part = fc.string({ unit: fc.constantFrom("/", "@", ":", "?", "#", "%", " ", "a", "1") });
    fc.assert(
      fc.property(part, part, fc.boolean(), (before, after, inQuery) => {
        const password = `${before}${mark}${after}`;
        const url = inQuery ? `redis://host/0?password=${password}` : `redis://u:${password}@host`;
        expect(redact(url)).not.toContain(mark);
        try {
          driverOf(url);
        } catch (error) {
          expect(inspect(error)).not.toContain(mark);
        }
      }),
    );
  });

  it.each([
    `redis://user:12/${SECRET}@host`,
    `redis://user:12#${SECRET}@h`,
    `redis://h?p=@${SECRET}`,
  ])("%s can be read in two ways, and is refused", async (url) => {
    const fault = await faultOf(() => driverOf(url));
    expect(fault).toMatchObject({ code: "invalid-argument", argument: "queue" });
    expect(fault.message).toMatch(/%2F/);
    expect(inspect(fault)).not.toContain(SECRET);
  });

  it.each([
    [`redis://user:${SECRET}@127.0.0.1:1`],
    [`postgres://user:${SECRET}@127.0.0.1:1/db`],
    [`redis://127.0.0.1:1/0?password=${SECRET}`],
    [`postgres://u@127.0.0.1:1/db?password=${SECRET}`],
  ])("%s that does not answer is an error without the secret", async (url) => {
    const fault = await faultOf(() => connect({ url, name: "n" }));
    expect(fault).toMatchObject({ code: "queue" });
    expect(inspect(fault, { depth: 9 })).not.toContain(SECRET);
  });

  it("is taken out of what a driver says, and so are its secrets", () => {
    const url = "postgres://user:a%2Fb@host/db?sslpassword=xyz";
    const said = `cannot parse ${url}: a%2Fb, a/b or xyz`;
    expect(scrub(said, url)).toBe("cannot parse postgres://***@host/db?***: ***, *** or ***");
  });
});
