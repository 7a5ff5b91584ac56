/** Light or dark, as chosen on any page of the site; else as the system prefers. */
import { browserMemory } from "../lab/storage";
import { otherTheme, recalledTheme, type Theme } from "../lab/layout";

export function applyTheme(root: HTMLElement, theme: Theme | null): void {
  if (theme !== null) root.dataset["theme"] = theme;
}

export function chosenTheme(): Theme | null {
  return recalledTheme(browserMemory);
}

/** The other one, remembered. */
export function switchTheme(root: HTMLElement): void {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const theme = otherTheme(chosenTheme(), dark);
  browserMemory.set("theme", theme);
  applyTheme(root, theme);
}
