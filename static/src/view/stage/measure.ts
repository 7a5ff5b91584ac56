/** Reading where elements are, in pixels from a root; what is being moved counts as arrived. */
import type { Rect } from "./geometry";

export function rectIn(root: Element, element: Element): Rect {
  const origin = root.getBoundingClientRect();
  const rect = element.getBoundingClientRect();
  return {
    x: rect.x - origin.x,
    y: rect.y - origin.y,
    width: rect.width,
    height: rect.height,
  };
}

/** The children of a positioned list; offsets leave transforms out, so motion does not show. */
export function childRects(root: Element, list: HTMLElement): Map<string, Rect> {
  const origin = rectIn(root, list);
  const rects = new Map<string, Rect>();
  for (const child of list.children) {
    if (!(child instanceof HTMLElement) || child.dataset.key === undefined) continue;
    rects.set(child.dataset.key, {
      x: origin.x + child.offsetLeft,
      y: origin.y + child.offsetTop,
      width: child.offsetWidth,
      height: child.offsetHeight,
    });
  }
  return rects;
}

/** Calls back once before the next frame, however often it was asked. Returns what calls it off. */
export function onceAFrame(callback: () => void): { ask: () => void; stop: () => void } {
  let frame = 0;
  return {
    ask() {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        callback();
      });
    },
    stop: () => cancelAnimationFrame(frame),
  };
}
