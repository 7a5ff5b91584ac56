/** The files of a lab as an address carries them, for a live embed: `z.` and packed JSON. */
import type { SourceFile } from "../../events/generated";

/** Characters of a recipe that the site reads (`visualizer/labs/recipes.py`). */
export const MOST_CHARACTERS = 12_000;

/** Null when the files do not fit into an address, or are not all text. */
export async function packed(files: readonly SourceFile[]): Promise<string | null> {
  const texts = files.map(({ path, text }) => [path, text] as const);
  if (texts.some(([, text]) => typeof text !== "string")) return null;
  const json = JSON.stringify({ files: Object.fromEntries(texts) });
  const stream = new Blob([json]).stream().pipeThrough(new CompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const recipe = `z.${base64url(bytes)}`;
  return recipe.length > MOST_CHARACTERS ? null : recipe;
}

function base64url(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
