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
 * Neurons are shared among threads in at most this many parts, whose number does not depend on that
 * of the threads. So many have work for every processor, and little scratch.
 */
export const MAX_PARTS: i32 = 32;

/** Neurons to an area of scratch, as long as there are not MAX_PARTS of them. */
export const AREA_NEURONS: i32 = 16;

/**
 * Columns of one group of J B^(-1/2); not a multiple of 64, so that the rows of a group are not a
 * power of two apart.
 */
export const GROUP_COLUMNS: i32 = 504;

/**
 * Samples of one task of the derivatives in the inputs: sigma' of a block of neurons, 32 kB, stays
 * in the caches while the rows of coefficients pass.
 */
export const GRADIENT_SAMPLES: i32 = 64;

/** Most values of one call of them, 32 MB, unless four samples have more. */
export const GRADIENT_VALUES: f64 = 4_194_304.0;

if (SAMPLE_BLOCK % DEPTH != 0) ERROR("SAMPLE_BLOCK has to be whole passes of syrk");
if (SAMPLE_BLOCK % 2 != 0) ERROR("SAMPLE_BLOCK has to be whole vectors");
if (NEURON_BLOCK % AREA_NEURONS != 0) ERROR("a block of neurons has to have an area of scratch");
if (GROUP_COLUMNS % 64 == 0) ERROR("GROUP_COLUMNS has to differ from the multiples of 64");
if (SAMPLE_BLOCK % GRADIENT_SAMPLES != 0) ERROR("GRADIENT_SAMPLES has to divide SAMPLE_BLOCK");
if (GRADIENT_SAMPLES % 4 != 0) ERROR("GRADIENT_SAMPLES has to be whole panels");
