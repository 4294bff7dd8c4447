/** Control characters (a terminal obeys them) and marks that turn the direction of what follows. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Text from a file, such as a column's name, with what would command the terminal made visible:
 * `\u001b`.
 */
export function printable(text: string): string {
  return text.replaceAll(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * A message for a person, on one line of standard error. Parsers quote what they read, line breaks
 * and all.
 */
export function say(message: string): void {
  process.stderr.write(`newton-nn: ${printable(onOneLine(message))}\n`);
}

export function onOneLine(text: string): string {
  return text.replaceAll(/\s*[\r\n]+\s*/g, " ");
}
