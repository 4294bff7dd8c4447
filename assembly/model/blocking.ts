import { DEPTH } from "../linalg/blocking";

/**
 * Sizes of blocks and tasks in the model, each with its reason. What has to divide what is asserted
 * here when the core is compiled.
 */

/**
 * Samples are worked through in blocks, so that the rows of one neuron (sigma, sigma', sigma'')
 * stay in the first-level cache; a block is also the unit in which sums over samples are
 * accumulated.
 */
export const SAMPLE_BLOCK: i32 = 512;

/**
 * Sums over neurons are first taken over this many, which keeps their rounding error at the level
 * of a short sum.
 */
export const NEURON_BLOCK: i32 = 64;

/**
 * Neurons are shared among threads in chunks, whose number does not depend on that of the threads.
 * So many have work for every processor, and little scratch.
 */
export const MAX_CHUNKS: i32 = 32;

/** Neurons of a task that is not a chunk: a few for each thread, also in a group of columns. */
export const TASK_NEURONS: i32 = 16;

/**
 * Columns of one group of J B^(-1/2); not a multiple of 64, so that the rows of a group are not a
 * power of two apart.
 */
export const GROUP_COLUMNS: i32 = 504;

if (SAMPLE_BLOCK % DEPTH != 0) ERROR("SAMPLE_BLOCK has to be whole passes of syrk");
if (SAMPLE_BLOCK % 2 != 0) ERROR("SAMPLE_BLOCK has to be whole vectors");
if (NEURON_BLOCK < TASK_NEURONS) ERROR("a chunk needs an area of scratch, of which tasks have one");
if (GROUP_COLUMNS % 64 == 0) ERROR("GROUP_COLUMNS has to differ from the multiples of 64");
// A neuron has at least three parameters.
if (GROUP_COLUMNS > 3 * TASK_NEURONS * MAX_CHUNKS) ERROR("a group has more tasks than areas");
