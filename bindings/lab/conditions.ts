/** A condition of JSON Schema. */
export function choose(condition: object, consequence: object, alternative: object = {}): object {
  return { if: condition, then: consequence, else: alternative };
}
