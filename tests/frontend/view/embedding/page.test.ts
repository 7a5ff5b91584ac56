// @vitest-environment jsdom
/** What a script adds to the page for authors, which is complete without. */
import { screen } from "@testing-library/svelte";
import { afterEach, expect, it, vi } from "vitest";

import { offerCopies, tellTheme } from "@/view/embedding/page";

afterEach(() => document.body.replaceChildren());

it("gives each snippet a button that copies it as it is read", async () => {
  const writeText = vi.fn(() => Promise.resolve());
  vi.stubGlobal("navigator", { clipboard: { writeText } });
  document.body.innerHTML =
    '<div class="snippet" data-what="the script"><pre><code>&lt;b a="1"&gt;\n&lt;/b&gt;</code></pre></div>';
  offerCopies(document);

  screen.getByRole("button", { name: "Copy the script" }).click();
  expect(writeText).toHaveBeenCalledWith('<b a="1">\n</b>');
  expect(await screen.findByText("Copied")).toBeTruthy();
  vi.unstubAllGlobals();
});

it("tells the players of a theme only when one was chosen", () => {
  document.body.innerHTML = "<layercake-player></layercake-player>";
  const player = document.querySelector("layercake-player");
  tellTheme(document, null);
  expect(player?.hasAttribute("theme")).toBe(false);
  tellTheme(document, "dark");
  expect(player?.getAttribute("theme")).toBe("dark");
});
