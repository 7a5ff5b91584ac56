/** When to fold: once a frame while the page is seen, now and then while it is not. */

export type Schedule = (work: () => void) => void;

/** A hidden page gets no frames, and has nobody to show them to. */
const HIDDEN_PAUSE_MS = 250;

export const onNextFrame: Schedule = (work) => {
  const seen = typeof document !== "undefined" && !document.hidden;
  if (!seen) {
    setTimeout(work, HIDDEN_PAUSE_MS);
    return;
  }
  // A page hidden before its frame comes would wait for it until it is shown again.
  let done = false;
  const once = (): void => {
    if (done) return;
    done = true;
    clearTimeout(late);
    cancelAnimationFrame(frame);
    work();
  };
  const late = setTimeout(once, HIDDEN_PAUSE_MS);
  const frame = requestAnimationFrame(once);
};
