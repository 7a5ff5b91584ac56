/** The files of a lab in an address: read back, they are the same. */
import { inflateSync } from "node:zlib";

import { expect, test } from "vitest";

import { MOST_CHARACTERS, packed } from "@/view/share/packing";

function unpacked(recipe: string): unknown {
  return JSON.parse(inflateSync(Buffer.from(recipe.slice(2), "base64url")).toString());
}

test("files survive the way, letters of all kinds too", async () => {
  const files = [
    { path: "Dockerfile", text: "FROM busybox\n" },
    { path: "ä/ü.txt", text: "\u{1f370}\u0000" },
  ];
  const recipe = (await packed(files)) ?? "";
  expect(recipe).toMatch(/^z\.[\w-]+$/);
  expect(unpacked(recipe)).toEqual({
    files: { Dockerfile: "FROM busybox\n", "ä/ü.txt": "\u{1f370}\u0000" },
  });
});

test("what is not text, or too much for an address, is not packed", async () => {
  expect(await packed([{ path: "a.png", base64: "AAE=" }])).toBeNull();
  // Digits that do not repeat, so that they do not pack well.
  let random = 1;
  const text = Array.from({ length: 3 * MOST_CHARACTERS }, () => {
    random = (random * 48_271) % 2_147_483_647;
    return String.fromCharCode(33 + (random % 90));
  }).join("");
  expect(await packed([{ path: "long.txt", text }])).toBeNull();
});
