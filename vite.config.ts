import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";

import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** Where the build goes. The set-up names another folder, and changes it for this one when it is done. */
export const OUT = process.env["LAYERCAKE_BUILD_INTO"] ?? "static/dist";

/** Beside each script and style its `.br` and `.gz`, which the site sends to browsers that take them. */
export function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    // Read from disk: Vite still changes the chunks after the hooks that see them in memory.
    async writeBundle({ dir }, bundle) {
      const names = Object.keys(bundle).filter((name) => /\.(js|css)$/.test(name));
      await Promise.all(
        names.map(async (name) => {
          const file = join(dir ?? ".", name);
          const content = await readFile(file);
          await writeFile(`${file}.br`, brotliCompressSync(content));
          await writeFile(`${file}.gz`, gzipSync(content, { level: 9 }));
        }),
      );
    },
  };
}

export default defineConfig({
  base: "/static/",
  publicDir: false,
  plugins: [svelte(), svelteTesting({ autoCleanup: false }), compressed()],
  resolve: { alias: { "@": path("static/src") } },
  build: {
    outDir: OUT,
    emptyOutDir: true,
    // django-vite looks the entries up by their source paths.
    manifest: "manifest.json",
    sourcemap: false,
    target: "es2022",
    assetsInlineLimit: 0,
    // No inline preload helper: the Content Security Policy allows scripts of our own origin only.
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: {
        lab: path("static/src/lab.ts"),
        front: path("static/src/front.ts"),
        recording: path("static/src/recording.ts"),
        "embed-lab": path("static/src/embed-lab.ts"),
        embedding: path("static/src/embedding.ts"),
        "take-over": path("static/src/take-over.ts"),
      },
      output: {
        entryFileNames: "assets/[name]-[hash].js",
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
        codeSplitting: {
          // The terminal is loaded when one is first opened, and counted apart.
          groups: [{ name: "xterm", test: /node_modules[\\/]@xterm[\\/]/ }],
        },
      },
    },
  },
  test: {
    include: ["tests/frontend/**/*.test.ts"],
    environment: "node",
    setupFiles: ["tests/frontend/setup.ts"],
    restoreMocks: true,
    // A bound for what hangs; a busy machine has taken half a minute for a test of two seconds.
    testTimeout: 90_000,
  },
});
