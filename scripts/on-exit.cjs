/**
 * Stands for signal-exit in the bundle. A lock is released when a process ends by itself; signals
 * stay those of the host. One that is ended by them leaves its lock to go stale.
 */
module.exports = (listener) => process.once("exit", listener);
