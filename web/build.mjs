// Puts our modules together: one script for the pages, one for the service worker.
import { build } from "esbuild";

await build({
  entryPoints: ["script/main.js", "script/worker.js"],
  outdir: "static/built",
  bundle: true,
  minify: true,
  // Neither exports anything: a classic script, as service workers are everywhere.
  format: "iife",
  target: ["es2022"],
  legalComments: "none",
  logLevel: "warning",
});
