/**
 * The builds for other people's pages: `--mode player` makes the player of an embed, `--mode element`
 * the custom element. Each is one classic script, so that it also runs from `file://` and in a frame
 * without an origin.
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { svelte } from "@sveltejs/vite-plugin-svelte";
import { minify } from "terser";
import { defineConfig, type Plugin } from "vite";

import { compressed, OUT } from "./vite.config.ts";

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** What a recording has no use for, by the end of its path, and what takes its place. */
const LEFT_OUT: readonly [end: string, instead: string][] = [
  ["/static/src/scene/discoveries.ts", "discoveries.ts"],
  ["/static/src/scene/commands.ts", "commands.ts"],
  ["/static/src/view/stage/busy.svelte.ts", "busy.ts"],
  ["/static/src/view/stage/origins.svelte.ts", "origins.ts"],
  ["/static/src/view/stage/ContainerActions.svelte", "Nothing.svelte"],
  ["/static/src/view/parts/Button.svelte", "Nothing.svelte"],
  ["/static/src/view/parts/Copyable.svelte", "Copyable.svelte"],
  ["/static/src/view/parts/IconButton.svelte", "IconButton.svelte"],
];

/** Puts small things in the place of what the player never shows: 60 kB are little. */
function leftOut(): Plugin {
  return {
    name: "left-out",
    enforce: "pre",
    async resolveId(source, importer, options) {
      if (!importer) return null;
      const found = await this.resolve(source, importer, { ...options, skipSelf: true });
      const [, instead] = LEFT_OUT.find(([end]) => found?.id.endsWith(end)) ?? [];
      return instead ? path(`static/src/view/player/without/${instead}`) : found;
    },
  };
}

type Shape = readonly [tag: string, attributes: Readonly<Record<string, string>>];

/** Lucide's icons as their shapes alone, drawn by a component of ours that can do nothing else. */
function smallIcons(): Plugin {
  const icon = JSON.stringify(path("static/src/view/player/Icon.svelte"));
  return {
    name: "small-icons",
    enforce: "pre",
    async load(id) {
      if (!/@lucide\/svelte\/dist\/icons\/[\w-]+\.svelte$/.test(id)) return null;
      const found = /const iconData = (\{.*\});/.exec(await readFile(id, "utf8"))?.[1];
      if (!found) return this.error(`${id} is not as Lucide's icons were; look at it anew.`);
      const { node } = JSON.parse(found) as { node: readonly Shape[] };
      const shapes = node.map(([tag, attributes]) => {
        const words = Object.entries(attributes).map(([name, value]) => ` ${name}="${value}"`);
        return `<${tag}${words.join("")}/>`;
      });
      // A module of its own path's kind: a component, written small.
      return `<script>
        import Icon from ${icon};
        let { size } = $props();
      </script>
      <Icon {size} shapes={${JSON.stringify(shapes.join(""))}} />`;
    },
  };
}

/**
 * Svelte guards all that is for pages drawn by a server with a variable, to be shaken off where
 * nobody sets it. Rolldown shakes off what a constant guards.
 */
function neverHydrated(): Plugin {
  return {
    name: "never-hydrated",
    transform(code, id) {
      if (!id.endsWith("/svelte/src/internal/client/dom/hydration.js")) return null;
      const constant = code
        .replace("export let hydrating = false", "export const hydrating = false")
        .replace("\thydrating = value;", "");
      if (constant === code) this.error("Svelte's hydration.js is not as it was; look at it anew.");
      return constant;
    },
  };
}

/** Once more over what Vite has made small: two kinds of thrift find more than one. */
function smaller(): Plugin {
  return {
    name: "smaller",
    async generateBundle(_, bundle) {
      for (const part of Object.values(bundle)) {
        if (part.type !== "chunk") continue;
        const { code } = await minify(part.code, { ecma: 2020, compress: { passes: 3 } });
        part.code = code ?? part.code;
      }
    },
  };
}

const hashes = new Map<string, string>();

/** Svelte's mark of a component's own style: a number is enough, and half of it compresses better. */
function shortHash({ filename }: { filename: string }): string {
  const known = hashes.get(filename) ?? `s${hashes.size.toString(36)}`;
  hashes.set(filename, known);
  return known;
}

const BUILDS = {
  player: {
    entry: "static/src/embed.ts",
    name: "player-[hash]",
    plugins: [
      leftOut(),
      smallIcons(),
      neverHydrated(),
      svelte({ compilerOptions: { cssHash: shortHash } }),
    ],
  },
  element: { entry: "static/src/embed-element.ts", name: "layercake-player", plugins: [] },
} as const;

export default defineConfig(({ mode }) => {
  const { entry, name, plugins } = BUILDS[mode === "element" ? "element" : "player"];
  return {
    publicDir: false,
    plugins: [...plugins, smaller(), compressed()],
    build: {
      outDir: `${OUT}/embed`,
      emptyOutDir: mode !== "element",
      manifest: mode === "element" ? false : "manifest.json",
      sourcemap: false,
      target: "es2022",
      assetsInlineLimit: 0,
      lib: {
        entry: path(entry),
        formats: ["iife"],
        name: "LayercakePlayer",
        cssFileName: "player",
      },
      rolldownOptions: {
        optimization: { inlineConst: true },
        output: { entryFileNames: `${name}.js`, assetFileNames: "player-[hash][extname]" },
      },
    },
  };
});
