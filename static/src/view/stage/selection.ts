/** What on the stage is selected, and where it is drawn. */

export type SelectKind = "image" | "container" | "layer" | "build" | "step";

export interface Selected {
  readonly kind: SelectKind;
  /** A digest, a container's id, a build's number, or `build:step` for a step without a layer. */
  readonly id: string;
}

/** The element that shows it, by its `data-key`; null when it is not on the stage now. */
export function elementOf(root: Element, { kind, id }: Selected): Element | null {
  const key = kind === "step" ? `step ${id.split(":").at(-1)}` : id;
  const keyed = root.querySelectorAll<HTMLElement>("[data-key]");
  return [...keyed].find((element) => element.dataset["key"] === key) ?? null;
}
