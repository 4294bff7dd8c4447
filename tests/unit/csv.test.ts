import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { numericColumns, parseTable } from "../../bindings/table/csv.js";

const read = (text: string, ...columns: string[]) => [
  ...numericColumns(parseTable(text, "t.csv"), columns, "t.csv"),
];

describe("comma-separated values", () => {
  it.each([
    ["a byte order mark", "\ufeffa,y\n1,2\n"],
    ["CRLF", "a,y\r\n1,2\r\n"],
    ["no newline at the end", "a,y\n1,2"],
    ["quotes", '"a","y"\n"1","2"\n'],
    ["comments and empty lines", "# what\na,y\n\n# more\n1,2\n\n"],
    ["spaces", " a , y \n 1 , 2 \n"],
  ])("reads a table with %s", (_name, text) => {
    expect(read(text, "a", "y")).toEqual([1, 2]);
  });

  it("takes columns in the order they are asked for", () => {
    expect(read("a,b,c\n1,2,3\n4,5,6\n", "c", "a")).toEqual([3, 1, 6, 4]);
  });

  it("keeps a name with a comma, a quote or a # in it", () => {
    expect(read('"a,""b""",x#1\n1,2\n', 'a,"b"', "x#1")).toEqual([1, 2]);
  });

  it("counts lines as an editor does, comments and empty lines among them", () => {
    const text = "# one\na,y\n1,2\n\n# five\n3,no\n";
    expect(() => read(text, "a", "y")).toThrow(/line 6, column "y"/);
  });

  it("keeps every bit of every number", () => {
    const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 });
    fc.assert(
      fc.property(values, (numbers) => {
        const text = `a\n${numbers.map((value) => (Object.is(value, -0) ? "-0" : String(value))).join("\n")}\n`;
        expect(read(text, "a")).toEqual(numbers);
      }),
    );
  });

  it.each(["NaN", "Infinity", "1,5", "0x", "1 2", "true", "null"])(
    "refuses %j as a number",
    (cell) => {
      expect(() => read(`a,b\n"${cell}",1\n`, "a")).toThrow(
        expect.objectContaining({ name: "InputError", code: "invalid-cell", argument: "a" }),
      );
    },
  );

  it("refuses an unclosed quote", () => {
    expect(() => read('a\n"1\n', "a")).toThrow(expect.objectContaining({ code: "invalid-cell" }));
  });
});
