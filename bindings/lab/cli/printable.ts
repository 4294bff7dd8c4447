/**
 * What a terminal obeys, what turns the direction of what follows, and what is not seen: control
 * characters, marks of format, separators of lines, halves of pairs, and the few letters that are
 * drawn as nothing.
 */
const UNPRINTABLE =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]|\u034f|\u17b4|\u17b5/gu;

/**
 * Text from a file, such as a column's name, with what would command the terminal made visible:
 * `\u001b`.
 */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0)!.toString(16);
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
  });
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
