/** How things come and go: opacity and transform only, 200–500 ms, none when motion is not wanted. */
import { cubicIn, cubicOut } from "svelte/easing";
import type { TransitionConfig } from "svelte/transition";

export interface Motion {
  /** False while scrubbing and under reduced motion: drawn, not moved. */
  readonly on: boolean;
  /** Milliseconds before it begins. */
  readonly delay?: number;
}

const STILL: TransitionConfig = { duration: 0 };

/** True when the reader asked the system for less motion. */
export function prefersStillness(): boolean {
  return typeof matchMedia === "function" && matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function moved(
  { on, delay = 0 }: Motion,
  duration: number,
  easing: (t: number) => number,
  transform: (away: number) => string,
): TransitionConfig {
  if (!on) return STILL;
  return {
    delay,
    duration,
    easing,
    css: (t, u) => `opacity: ${Math.min(1, t * 1.6)}; transform: ${transform(u)}`,
  };
}

/** How a slab comes: a new layer moves down onto the stack, a cached one only becomes visible. */
export interface Arrival extends Motion {
  readonly cached: boolean;
}

// What `cubicOut` is, as the browser's own easing.
const CUBIC_OUT = "cubic-bezier(0.3333, 1, 0.6667, 1)";

/**
 * An action that moves a slab in once. Layers come by the dozen, so this is left to the browser: no
 * keyframes are worked out for it, and nothing of ours runs when it ends.
 */
export function arrive(node: Element, { on, delay = 0, cached }: Arrival): void {
  if (!on) return;
  const keyframes = cached
    ? [{ opacity: 0 }, { opacity: 1 }]
    : [
        { opacity: 0, transform: "translateY(-28px)" },
        { opacity: 1, offset: 0.625 },
        { opacity: 1, transform: "none" },
      ];
  const [duration, easing] = cached ? [200, "linear"] : [360, CUBIC_OUT];
  node.animate(keyframes, { delay, duration, easing, fill: "backwards" });
}

/** A cached layer was there already: it only becomes visible. */
export function appear(_node: Element, { on, delay = 0 }: Motion): TransitionConfig {
  return on ? { delay, duration: 200, css: (t) => `opacity: ${t}` } : STILL;
}

/** A container's thin layer lifts off the stack to where it will stand. */
export function lift(_node: Element, motion: Motion): TransitionConfig {
  return moved(
    motion,
    420,
    cubicOut,
    (away) => `translateY(${56 * away}px) scaleY(${1 - 0.4 * away})`,
  );
}

/** A removed container is gone with its layer. */
export function dissolve(_node: Element, { on }: Motion): TransitionConfig {
  if (!on) return STILL;
  return {
    duration: 320,
    easing: cubicIn,
    css: (t, u) => `opacity: ${t}; transform: scale(${1 - 0.06 * u}) translateY(${-10 * u}px)`,
  };
}

/** A line or chip drops into its card. */
export function drop(_node: Element, motion: Motion): TransitionConfig {
  return moved(motion, 240, cubicOut, (away) => `translateY(${-10 * away}px)`);
}
