/**
 * While coverage is measured, processes that tests start write theirs too: scripts/coverage.mjs
 * puts both together.
 */
const folder = process.env.NEWTON_NN_CHILD_COVERAGE;
if (folder !== undefined) process.env.NODE_V8_COVERAGE = folder;
