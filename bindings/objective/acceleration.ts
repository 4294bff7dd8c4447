import { namesOf } from "../support/validate.js";

interface AccelerationTraits {
  /** Whether steps follow the second derivative of f along them (`Point.secondDerivative`). */
  readonly bends: boolean;
}

export const ACCELERATIONS = {
  geodesic: { bends: true },
  none: { bends: false },
} as const satisfies Record<string, AccelerationTraits>;

/** `geodesic` follows the second derivative of f along the step; `none` takes the step as it is. */
export type Acceleration = keyof typeof ACCELERATIONS;

export const accelerationNames = namesOf(ACCELERATIONS);
