/**
 * The parts of the page that are not in its first load: what nobody sees before a first click. They
 * are fetched when needed, or all together once the page is used.
 */
import type { Component } from "svelte";

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- parts have different props
type AnyPart = Component<any>;
export type Load<P extends Record<string, unknown>> = () => Promise<{ default: Component<P> }>;

const here = new Map<unknown, AnyPart>();

/** A loader that remembers what it fetched, and tries again after a failure. */
export function remembering<C extends AnyPart>(load: () => Promise<{ default: C }>) {
  const remembered = async (): Promise<{ default: C }> => {
    const part = await load();
    here.set(remembered, part.default);
    return part;
  };
  return remembered;
}

/** The part when it is here already, so that it is drawn without a moment of waiting. */
export function loaded<P extends Record<string, unknown>>(load: Load<P>): Component<P> | null {
  return (here.get(load) as Component<P> | undefined) ?? null;
}

export const parts = {
  container: remembering(() => import("../containers/ContainerPanel.svelte")),
  image: remembering(() => import("../containers/ImagePanel.svelte")),
  layer: remembering(() => import("../containers/LayerPanel.svelte")),
  comparison: remembering(() => import("../timeline/Comparison.svelte")),
  steps: remembering(() => import("../steps/StepsPanel.svelte")),
  transcript: remembering(() => import("../transcript/Transcript.svelte")),
  help: remembering(() => import("../help/HelpSheet.svelte")),
  run: remembering(() => import("../help/RunDialog.svelte")),
  engine: remembering(() => import("../help/EngineSheet.svelte")),
  simulated: remembering(() => import("../help/SimulatedSheet.svelte")),
  share: remembering(() => import("../share/ShareDialog.svelte")),
  name: remembering(() => import("../help/NameDialog.svelte")),
  push: remembering(() => import("../help/PushDialog.svelte")),
  confirm: remembering(() => import("../help/ConfirmDialog.svelte")),
};

/** Fetch all that is not here yet; what fails is fetched again when it is needed. */
export function warm(): void {
  const loads: readonly (() => Promise<unknown>)[] = Object.values(parts);
  for (const load of loads) load().catch(() => undefined);
}
