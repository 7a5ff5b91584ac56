/**
 * Icons drawn once and then copied. A slab changes its icons with every step of a build, and a copy
 * of what is drawn costs a tenth of what it takes the icon's component to draw it.
 */
import { mount, unmount, type Component } from "svelte";

/** An icon of the set: a component that draws one `<svg>`. */
export type Icon = Component<{ size?: number; "aria-hidden"?: "true" }>;

const drawn = new Map<Icon, Map<number, Node>>();

/** A fresh copy of the icon at this size in pixels, hidden from screen readers. */
export function copyOf(icon: Icon, size: number): Node {
  const sizes = drawn.get(icon) ?? new Map<number, Node>();
  drawn.set(icon, sizes);
  const known = sizes.get(size) ?? draw(icon, size);
  sizes.set(size, known);
  return known.cloneNode(true);
}

function draw(icon: Icon, size: number): Node {
  const target = document.createElement("div");
  const app = mount(icon, { target, props: { size, "aria-hidden": "true" } });
  const svg = target.querySelector("svg")?.cloneNode(true);
  void unmount(app);
  return svg ?? document.createDocumentFragment();
}
