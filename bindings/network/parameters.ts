/**
 * Parameters of the network, each a copy: w is N x d row-major, eta has N entries, c is N x k
 * row-major.
 */
export interface Parameters {
  readonly w: Float64Array;
  readonly eta: Float64Array;
  readonly c: Float64Array;
}
