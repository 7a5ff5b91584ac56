/** What a script adds to the page for authors: it is complete without. */
import { mount } from "svelte";

import Copyable from "../parts/Copyable.svelte";

/** Puts a copy button beside each snippet (`data-what` says what is copied). */
export function offerCopies(root: ParentNode): void {
  for (const target of root.querySelectorAll<HTMLElement>(".snippet[data-what]")) {
    const text = target.textContent.trim();
    const what = target.dataset["what"] ?? "it";
    target.replaceChildren();
    mount(Copyable, { target, props: { text, what, whole: true } });
  }
}

/** A player is a page of its own in a frame, and knows of no choice that was made on this one. */
export function tellTheme(root: ParentNode, theme: "light" | "dark" | null): void {
  if (theme === null) return;
  for (const player of root.querySelectorAll("layercake-player")) {
    player.setAttribute("theme", theme);
  }
}
