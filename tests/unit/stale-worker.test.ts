/** A worker's script that stayed behind when the core was built anew. */
import { expect, it, vi } from "vitest";
import { ABI } from "../../bindings/engine/generated/abi.js";
import { Network } from "../../bindings/index.js";
import { faultOfStart } from "../../bindings/remote/protocol.js";
import { factsOf } from "./support.js";

const OTHER = "0123456789abcdef";

vi.mock("../../bindings/engine/generated/worker.js", async (original) => {
  const { source } = await original<{ source: string }>();
  const { ABI: mine } = await import("../../bindings/engine/generated/abi.js");
  return { source: source.replaceAll(mine, "0123456789abcdef") };
});

it("says so where its network is made, instead of ending in silence", async () => {
  const work = () => Network.create({ width: 5, worker: true });
  expect(await factsOf(work)).toEqual({
    name: "ResourceError",
    code: "load-failed",
    argument: "options.worker",
    expected: ABI,
    got: OTHER,
  });
});

it("is of the same build where the declarations are the same", () => {
  expect(ABI).toMatch(/^[0-9a-f]{16}$/);
  expect(faultOfStart({ abi: ABI })).toBeNull();
  expect(faultOfStart({ abi: OTHER })?.code).toBe("load-failed");
});
