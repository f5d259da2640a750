// Puts our modules together: one script for the pages, one for the service worker.
import { build } from "esbuild";

await build({
  entryPoints: ["script/main.js"],
  outdir: "static/built",
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  legalComments: "none",
  logLevel: "warning",
});
