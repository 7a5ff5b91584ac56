import { expect, test } from "vitest";

import { readQuery } from "@/view/player/query";

const USUAL = { start: null, speed: 1, theme: null, autoplay: false, controls: true };

test.each<[string, object]>([
  ["", {}],
  ["?t=e120", { start: { position: 120 } }],
  ["?t=1:23", { start: { ms: 83_000 } }],
  ["?t=83.4", { start: { ms: 83_400 } }],
  ["?speed=2", { speed: 2 }],
  ["?speed=3", { speed: 3 }],
  ["?speed=0.01", { speed: 0.5 }],
  ["?speed=1e9", { speed: 4 }],
  ["?theme=dark", { theme: "dark" }],
  ["?theme=LIGHT", { theme: "light" }],
  ["?autoplay=1", { autoplay: true }],
  ["?autoplay", { autoplay: true }],
  ["?controls=0", { controls: false }],
  ["?controls=false&lang=de&unknown=1", { controls: false }],
])("%s is understood", (search, asked) => {
  expect(readQuery(search)).toEqual({ ...USUAL, ...asked });
});

test.each([
  "?t=never",
  "?t=-4",
  "?speed=fast",
  "?speed=-1",
  "?speed=NaN",
  "?theme=auto",
  "?theme=<script>",
  "?autoplay=maybe",
  "?controls=%",
  "?lang=xx",
])("%s asks for nothing", (search) => {
  expect(readQuery(search)).toEqual(USUAL);
});
