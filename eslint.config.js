import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";

/** Folders that a folder may not import from: imports go view → timeline → source, view → scene. */
const walls = {
  events: ["scene", "source", "timeline", "view"],
  scene: ["source", "timeline", "view"],
  source: ["timeline", "view"],
  timeline: ["view"],
};

const forbid = (from, folders) => ({
  files: [`static/src/${from}/**`],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: [
          {
            group: folders.flatMap((folder) => [`**/${folder}/**`, `@/${folder}/**`]),
            message: `${from}/ may not know these: imports go one way (docs: DESIGN, the house).`,
          },
        ],
      },
    ],
  },
});

/** What only a browser has; the scene and the timeline's arithmetic must run anywhere. */
const dom = ["window", "document", "navigator", "localStorage", "requestAnimationFrame", "fetch"];

/** What an embed plays with has no room for these: its files are counted in bytes. */
const heavy = ["editor", "terminal", "xray", "lab", "share", "compare"];

export default ts.config(
  {
    ignores: [
      "static/dist/**",
      ".venv/**",
      ".setup/**",
      "node_modules/**",
      "static/src/events/generated.ts",
    ],
  },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      eqeqeq: "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  ...Object.entries(walls).map(([from, folders]) => forbid(from, folders)),
  forbid("view/player", heavy),
  {
    files: ["static/src/scene/**"],
    rules: { "no-restricted-globals": ["error", ...dom] },
  },
);
