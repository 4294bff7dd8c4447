/**
 * Digits with an optional point and an optional power of ten; what JavaScript reads beside that is
 * no number of a table.
 */
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * The float64 next to a number written in decimal; NaN for any other text, and for what overflows.
 */
export function parseDecimal(text: string): number {
  const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : Number.NaN;
}
