/**
 * Sizes of blocks and tasks in the linear algebra, each with its reason. What has to divide what is
 * asserted here when the core is compiled.
 */

/**
 * Longest inner dimension of one pass of syrk, and columns of a block column of potrf: a row panel
 * of 4 x 256 float64 is 8 kB, a quarter of a first-level cache, and stays there while the panels of
 * the other side pass. Longer ones evict each other, shorter ones read and write the tiles of C too
 * often.
 */
export const DEPTH: i32 = 256;

/**
 * Panels of the right operand that all rows pass before the next ones: 48 x 8 kB fit a second-level
 * cache, and so many tiles of C, 6 kB one behind the other, come from memory in long runs.
 */
export const PANEL_BLOCK: i32 = 48;

/**
 * Row panels of one task of syrk, gemm and sytrf: few enough for several threads, also on small
 * matrices.
 */
export const TASK_ROWS: i32 = 16;

/**
 * Columns of a strip of a block column of potrf: only the diagonal of a strip has to be factored
 * row after row.
 */
export const STRIP: i32 = 64;

/**
 * Row panels of one task of a strip. All threads wait for the end of each strip, and small tasks
 * end together.
 */
export const STRIP_ROWS: i32 = 8;

/** Row panels of one task of potrf's trailing update: a square of tiles with PANEL_BLOCK. */
export const UPDATE_ROWS: i32 = 48;

/**
 * Columns that sytrf factors before the rest of the matrix is updated: LAPACK's for dsytrf. Their
 * updates among each other, a column at a time, are few beside those of the rest, which the
 * microkernel does.
 */
export const PIVOT_BLOCK: i32 = 64;

/**
 * Largest order of Jacobi rotations, which find eigenvalues of graded matrices to a smaller error;
 * beyond it tridiagonal reduction is several times as fast.
 */
export const JACOBI_ORDER: i32 = 16;

// Panels are of four rows in float64 and of eight in float32.
if (DEPTH % 8 != 0) ERROR("DEPTH has to be whole panels");
if (STRIP % 8 != 0) ERROR("STRIP has to be whole panels");
if (DEPTH % STRIP != 0) ERROR("DEPTH has to be whole strips");
if (PANEL_BLOCK % 3 != 0)
  ERROR("PANEL_BLOCK has to be whole triples, as the microkernel takes them");
if (PIVOT_BLOCK < 2) ERROR("PIVOT_BLOCK has to hold a pivot of order 2");
