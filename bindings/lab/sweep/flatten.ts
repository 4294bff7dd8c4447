/**
 * Longest list whose values become columns: longer ones are curves, which stay in the JSON lines.
 */
const MAX_LIST = 32;

/**
 * The single values of a result: `loss`, `reached[0]`. What is nested deeper stays in the JSON
 * lines.
 */
export function flatten(result: unknown): Map<string, string | number | boolean | null> {
  const values = new Map<string, string | number | boolean | null>();
  if (typeof result !== "object" || result === null) return values;
  for (const [name, value] of Object.entries(result)) {
    if (isScalar(value)) values.set(name, value);
    else if (Array.isArray(value) && value.length <= MAX_LIST && value.every(isScalar)) {
      for (const [i, entry] of value.entries()) values.set(`${name}[${i}]`, entry);
    }
  }
  return values;
}

function isScalar(value: unknown): value is string | number | boolean | null {
  return value === null || typeof value !== "object";
}
