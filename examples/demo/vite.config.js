import { fileURLToPath } from "node:url";

const built = (entry) => fileURLToPath(new URL(`../../dist/${entry}.js`, import.meta.url));

/** The package is the checkout the demo lives in. */
export default {
  base: "./",
  resolve: {
    alias: [
      { find: /^newton-nn$/, replacement: built("index") },
      { find: /^newton-nn\/(\w+)$/, replacement: built("$1") },
    ],
  },
};
