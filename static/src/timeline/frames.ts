/**
 * When to fold: with the next frame while the page is seen, now and then while it is not, and less
 * often where drawing what happened takes longer than a frame.
 */

/** `soon` asks for no rest: for what is still missing of a tape being loaded. */
export type Schedule = (work: () => void, soon?: boolean) => void;

/** A hidden page gets no frames, and has nobody to show them to. */
const HIDDEN_PAUSE_MS = 250;

/** What there is for a frame at 60 Hz. */
const FRAME_MS = 16.7;

/** Three times a second is often enough to follow; layers land one after another also then. */
const LONGEST_REST_MS = 320;

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

/** What pacing reads the time from and waits with. */
export interface Pace {
  readonly next: Schedule;
  /** Milliseconds. */
  readonly now: () => number;
  /** Calls back when what the running frame changed is drawn. */
  readonly drawn: (callback: () => void) => void;
}

const PAGE: Pace = {
  next: onNextFrame,
  now: () => performance.now(),
  drawn: (callback) => {
    // A message is a task of its own, and so comes after the frame that it was sent in.
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      callback();
    };
    channel.port2.postMessage(null);
  },
};

/**
 * With the next frame, unless the last one took long to draw: then the page rests first, so that on
 * a slow computer what moves goes on moving, and what happens meanwhile is drawn at one go. For one
 * asker, who asks again only when what it asked for was done.
 */
export function paced({ next, now, drawn }: Pace = PAGE, longest = LONGEST_REST_MS): Schedule {
  let restUntil = 0;
  let drawing = false;
  let waiting: (() => void) | null = null;

  function begin(work: () => void): void {
    const start = now();
    drawing = true;
    drawn(() => {
      drawing = false;
      restUntil = now() + restAfter(now() - start, longest);
      const held = waiting;
      waiting = null;
      if (held) afterRest(held);
    });
    work();
  }

  function afterRest(work: () => void): void {
    const rest = restUntil - now();
    const frame = (): void => next(() => begin(work));
    if (rest <= 0) frame();
    else setTimeout(frame, rest);
  }

  return (work, soon = false) => {
    if (soon) next(() => begin(work));
    else if (drawing) waiting = work;
    else afterRest(work);
  };
}

/** Milliseconds of rest: a frame for each millisecond that drawing took beyond one. */
export function restAfter(took: number, longest = LONGEST_REST_MS): number {
  return Math.min(longest, Math.max(0, took - FRAME_MS) * FRAME_MS);
}
