import { fileURLToPath } from "node:url";

import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig({
  base: "/static/",
  publicDir: false,
  plugins: [svelte(), svelteTesting()],
  resolve: { alias: { "@": path("static/src") } },
  build: {
    outDir: "static/dist",
    emptyOutDir: true,
    // django-vite looks the entries up by their source paths.
    manifest: "manifest.json",
    sourcemap: false,
    target: "es2022",
    assetsInlineLimit: 0,
    // No inline preload helper: the Content Security Policy allows scripts of our own origin only.
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { lab: path("static/src/lab.ts"), front: path("static/src/front.ts") },
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
    restoreMocks: true,
    testTimeout: 20_000,
  },
});
