export const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** A Markdown table, on standard output. */
export function printTable(header, rows) {
  for (const row of [header, header.map(() => "---"), ...rows]) {
    console.log(`| ${row.join(" | ")} |`);
  }
}
