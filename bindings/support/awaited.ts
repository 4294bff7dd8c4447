import { InputError } from "./errors.js";

/** Mistakes with classes whose instances come of a promise, and what is said about them. */

/**
 * The promise, on which the members of what it will give stand already and say that it was not
 * awaited: "predict is not a function" says nothing of the kind.
 * @param call as the caller has to write it
 */
export function mustBeAwaited<T>(promise: Promise<T>, call: string, like: object): Promise<T> {
  const members = Object.entries(Object.getOwnPropertyDescriptors(like));
  for (const [name, { value }] of members) {
    if (name in promise) continue;
    const complain = () => {
      throw new InputError(
        "invalid-argument",
        `${name}: asked of a promise; write "await ${call}"`,
        { argument: name, expected: `await ${call}`, got: "a promise that was not awaited" },
      );
    };
    const complaint = typeof value === "function" ? { value: complain } : { get: complain };
    Object.defineProperty(promise, name, { configurable: true, ...complaint });
  }
  return promise;
}

/** What a constructor throws that is not for users. */
export function notByConstructor(name: string, call: string): InputError {
  return new InputError(
    "invalid-argument",
    `new ${name}: the constructor is not public; write "await ${call}"`,
    { argument: `new ${name}`, expected: `await ${call}`, got: "a call of the constructor" },
  );
}
