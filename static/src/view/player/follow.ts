/** Where to look in a frame that is lower than its picture: at what has just changed. */
import type { AnyEvent } from "../../events/generated";

/** Room left around what is shown, in px. */
const AROUND = 12;

/** What stands under a stack: the image's name. In px. */
const FOOT = 56;

/**
 * Scrolls the box, and nothing around it: `scrollIntoView` would move the page that the frame is in.
 * A build shows its stack from the foot up; a container stands somewhere above it.
 */
export function showWhatChanged(box: HTMLElement, event: AnyEvent | undefined): void {
  if (!event || box.scrollHeight <= box.clientHeight) return;
  const frame = box.getBoundingClientRect();
  const stack = box.querySelector(".stack");
  if (/^(build|step|layer|config|image)\./.test(event.type) && stack) {
    box.scrollTop += stack.getBoundingClientRect().bottom + FOOT - frame.bottom;
    return;
  }
  if (!("container" in event)) return;
  const card = box.querySelector(`[data-key="${CSS.escape(event.container)}"]`);
  if (!card) return;
  const { top, bottom } = card.getBoundingClientRect();
  if (top < frame.top) box.scrollTop -= frame.top - top + AROUND;
  else if (bottom > frame.bottom) box.scrollTop += bottom - frame.bottom + AROUND;
}
