import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseInputs, firstRepeated } from "../../bindings/lab/table/columns.js";
import { numericColumns, parseTable } from "../../bindings/lab/table/csv.js";

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

  it.each([
    ...["NaN", "Infinity", "-Infinity", "1e999", "1,5", "1 2", "true", "null", "."],
    ...["0x", "0x10", "0b11", "0o17", "1_000", "1e", "e5", "--1", "1.2.3", "١"],
  ])("refuses %j as a number", (cell) => {
    expect(() => read(`a,b\n"${cell}",1\n`, "a")).toThrow(
      expect.objectContaining({ name: "InputError", code: "invalid-cell", argument: "a" }),
    );
  });

  it.each([
    ["+1.5e+3", 1500],
    ["-.25", -0.25],
    ["7.", 7],
    ["007", 7],
    ["1E-2", 0.01],
    ["1e-999", 0],
  ])("reads %s", (cell, value) => {
    expect(read(`a\n${cell}\n`, "a")).toEqual([value]);
  });

  it("names some columns of a wide table where one is missing, and counts the others", () => {
    const names = Array.from({ length: 50 }, (_, index) => `c${index}`);
    const text = `${names.join()}\n${names.map(() => 1).join()}\n`;
    expect(() => read(text, "q")).toThrow(/"c0", .*"c19" and 30 more$/);
  });

  it("refuses an unclosed quote", () => {
    expect(() => read('a\n"1\n', "a")).toThrow(expect.objectContaining({ code: "invalid-cell" }));
  });
});

describe("a table of many columns", () => {
  const count = 2000;
  const names = Array.from({ length: count }, (_, index) => `c${index}`);
  /** The names, and how often one of them was looked at. */
  function counted() {
    const state = { reads: 0 };
    const columns = new Proxy(names, {
      get: (target, key) => {
        if (typeof key === "string" && /^\d+$/.test(key)) state.reads++;
        return Reflect.get(target, key);
      },
    });
    return { columns, state };
  }

  it("is searched for a repeated name in one pass", () => {
    const { columns, state } = counted();
    expect(firstRepeated(columns)).toBeUndefined();
    expect(state.reads).toBe(count);
    expect(firstRepeated(["b", "a", "c", "a", "b"])).toBe("a");
  });

  it("gives all its inputs after a few passes", () => {
    const { columns, state } = counted();
    expect(chooseInputs(columns, "c7", undefined, "t.csv")).toHaveLength(count - 1);
    expect(state.reads).toBeLessThanOrEqual(3 * count);
  });

  it("gives all its numbers after a few passes", () => {
    const { columns, state } = counted();
    const rows = [{ cells: names.map((_, index) => String(index)), line: 2 }];
    expect(numericColumns({ columns, rows }, columns, "t.csv")).toHaveLength(count);
    expect(state.reads).toBeLessThanOrEqual(6 * count);
  });
});
