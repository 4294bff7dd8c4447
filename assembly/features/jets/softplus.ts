import { softplusValue } from "../../activations/softplus";
import { sigmoidJets } from "./sigmoid";

/** sigma = log(1 + e^z), whose derivative is the sigmoid. */
export function softplusJets(order: i32, n: i32, z: usize, out: usize, row: usize): void {
  // The rows of the sigmoid are one order lower; it always makes three of them.
  sigmoidJets(order - 1, n, z, out + row, row);
  softplusValue(n, z, out);
}
