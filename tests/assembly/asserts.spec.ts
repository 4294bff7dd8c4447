import { ActivationKind } from "../../assembly/activations/activation";
import { sytrf, sytrfWorkBytes } from "../../assembly/linalg/bunchKaufman/sytrf";
import { sytrs } from "../../assembly/linalg/bunchKaufman/sytrs";
import { potrf } from "../../assembly/linalg/cholesky/potrf";
import { potrs } from "../../assembly/linalg/cholesky/potrs";
import { gemmRows } from "../../assembly/linalg/gemm";
import { lstsq } from "../../assembly/linalg/lstsq";
import { packedFromFull, packedToFull, packedZero, tileAddress } from "../../assembly/linalg/packed";
import { symv } from "../../assembly/linalg/symv";
import { syrk } from "../../assembly/linalg/syrk";
import { dot } from "../../assembly/linalg/vector";
import { hessianBlocks } from "../../assembly/model/blocks";
import { jacobianPanels } from "../../assembly/model/jacobian";
import { toColumns } from "../../assembly/model/layout";
import { pointBytes, pointSet } from "../../assembly/model/point";
import { problemBytes, problemSet, workBytes } from "../../assembly/model/problem";
import { begin, allocate } from "./support";

/** Large enough for everything here, and aligned to 16 bytes. */
const a = allocate(65_536.0);
const b = allocate(65_536.0);
const c = allocate(65_536.0);
const work = allocate(sytrfWorkBytes(8));
const scratch = allocate(workBytes(3, 1, 1, 5));
const problem = allocate(<f64>problemBytes());
const point = allocate(<f64>pointBytes());

function bind(ldx: i32, kept: i32): void {
  problemSet(problem, ActivationKind.TANH, 3, 1, 1, 5, ldx, 1.0, a, c, scratch);
  pointSet(point, problem, a, b, c, 0, b, kept);
}

describe("what a kernel cannot work on is an assertion", () => {
  it("addresses that are not aligned", () => {
    expect(() => { potrf(4, a + 8, b, begin(), Infinity); }).toThrow("matrix");
    expect(() => { potrf(4, a, b + 8, begin(), Infinity); }).toThrow("pivots");
    expect(() => { potrs(4, a, b, c + 8); }).toThrow("vector");
    expect(() => { syrk(4, 4, 1.0, a + 8, b); }).toThrow("panels");
    expect(() => { symv(4, a, 0.0, b + 8, c); }).toThrow("vector");
    expect(() => { packedZero(4, a + 8); }).toThrow("matrix");
    expect(() => { sytrf(8, a, 8, b, work + 8, begin(), Infinity); }).toThrow("scratch");
    expect(() => { sytrf(8, a, 8, b + 2, work, begin(), Infinity); }).toThrow("pivots");
    expect(() => { dot(4, a + 4, b); }).toThrow("vector");
  });

  it("leading dimensions below the order", () => {
    expect(() => { sytrf(8, a, 7, b, work, begin(), Infinity); }).toThrow("ld");
    expect(() => { sytrs(8, a, 7, b, c); }).toThrow("ld");
    expect(() => { packedToFull(4, a, b, 3); }).toThrow("ld");
    expect(() => { packedFromFull(4, a, 3, b); }).toThrow("ld");
    expect(() => { gemmRows(2, 2, 4, a, 3, b, 4, c, 2); }).toThrow("lda");
    expect(() => { gemmRows(2, 2, 4, a, 4, b, 4, c, 1); }).toThrow("ldc");
    expect(() => { toColumns(5, 1, a, 4, b); }).toThrow("ldx");
  });

  it("odd counts where pairs are taken, tiles above the diagonal, more columns than rows", () => {
    expect(() => { dot(3, a, b); }).toThrow("n");
    expect(() => { gemmRows(2, 2, 3, a, 4, b, 4, c, 2); }).toThrow("k");
    expect(() => { tileAddress<f64>(a, 1, 2); }).toThrow("column");
    expect(() => { lstsq(2, 3, a, b, c, work); }).toThrow("n");
  });

  it("problems that are none, samples and neurons that they do not have", () => {
    expect(() => { bind(5, 0); }).toThrow("ldx");
    expect(() => { bind(6, 4); }).toThrow("kept");
    expect(() => { bind(6, 0); pointSet(point, problem, a, b + 8, c, 0, b, 0); }).toThrow("f");
    expect(() => { bind(6, 0); jacobianPanels(point, 0, 1, 2, b); }).toThrow("first");
    expect(() => { bind(6, 0); hessianBlocks(point, c, 2, 2); }).toThrow("count");
    bind(6, 0);
    jacobianPanels(point, 0, 2, 2, b);
    hessianBlocks(point, c, 2, 1);
  });
});
