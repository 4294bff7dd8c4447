import { fileURLToPath } from "node:url";

/** The package is the checkout the demo lives in. */
export default {
  base: "./",
  resolve: {
    alias: { "newton-nn": fileURLToPath(new URL("../../dist/index.js", import.meta.url)) },
  },
};
