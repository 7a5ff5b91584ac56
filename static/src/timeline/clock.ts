/** What playing needs of the world: the time, and a timer. */
export interface Clock {
  /** Milliseconds from some fixed moment. */
  now(): number;
  /** Returns what calls it off. */
  after(ms: number, work: () => void): () => void;
}

export const wallClock: Clock = {
  now: () => performance.now(),
  after: (ms, work) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};
