import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { rollup } from "rollup";
import { build as vite } from "vite";
import webpack from "webpack";

/**
 * Builds app.js of a folder into its dist/ as each bundler does without plugin or configuration.
 * The entry becomes dist/app.js.
 */
export const bundlers: Record<string, (folder: string) => Promise<unknown>> = {
  esbuild: (folder) =>
    esbuild.build({
      entryPoints: [join(folder, "app.js")],
      bundle: true,
      format: "esm",
      splitting: true,
      minify: true,
      outdir: join(folder, "dist"),
    }),

  rollup: async (folder) => {
    // By itself Rollup resolves paths, and no names of packages.
    const path = join(folder, "node_modules/newton-nn/dist/index.js");
    const source = readFileSync(join(folder, "app.js"), "utf8");
    writeFileSync(join(folder, "by-path.js"), source.replace('"newton-nn"', JSON.stringify(path)));
    const bundle = await rollup({ input: { app: join(folder, "by-path.js") } });
    await bundle.write({ dir: join(folder, "dist"), format: "es" });
  },

  vite: (folder) =>
    vite({
      root: folder,
      base: "./",
      logLevel: "error",
      configFile: false,
      build: {
        rollupOptions: { input: join(folder, "app.js"), output: { entryFileNames: "app.js" } },
      },
    }),

  webpack: (folder) =>
    new Promise((resolve, reject) => {
      const config = {
        mode: "production",
        context: folder,
        entry: { app: "./app.js" },
        output: { path: join(folder, "dist"), publicPath: "auto" },
        performance: { hints: false },
      } as const;
      webpack(config, (error, stats) => {
        if (error) reject(error);
        else if (stats?.hasErrors() || stats?.hasWarnings()) reject(new Error(stats.toString()));
        else resolve(stats);
      });
    }),
};
