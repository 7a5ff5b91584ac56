/** What a live source needs of the browser, named so that a test can be the browser. */

/** The part of a WebSocket that is used. */
export interface Socket {
  onopen: (() => void) | null;
  onmessage: ((message: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number }) => void) | null;
  send(data: string): void;
  close(): void;
}

export interface Outside {
  socket(url: string): Socket;
  /** The JSON of an answer with a good status; rejects for any other, and when it takes too long. */
  get(url: string): Promise<unknown>;
  /** Returns what calls it off. */
  after(ms: number, work: () => void): () => void;
  random(): number;
  /** True while someone can see the page. */
  seen(): boolean;
  /** Calls when the page comes into sight or the network comes or goes; returns what ends it. */
  onAwake(listener: () => void): () => void;
}

const ANSWER_WITHIN_MS = 8000;

export const browser: Outside = {
  socket: (url) => new WebSocket(socketAddress(url, location.href)) as Socket,
  get: async (url) => {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const answer = await fetch(url, { signal, headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
    return (await answer.json()) as unknown;
  },
  after: (ms, work) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
  seen: () => !document.hidden,
  onAwake: (listener) => {
    const whenSeen = (): void => {
      if (!document.hidden) listener();
    };
    document.addEventListener("visibilitychange", whenSeen);
    window.addEventListener("online", listener);
    window.addEventListener("offline", listener);
    return () => {
      document.removeEventListener("visibilitychange", whenSeen);
      window.removeEventListener("online", listener);
      window.removeEventListener("offline", listener);
    };
  },
};

/** `/ws/labs/…` on the page's own host, as `ws:` or, for a page that came by https, `wss:`. */
export function socketAddress(path: string, page: string): string {
  const url = new URL(path, page);
  url.protocol = url.protocol === "https:" || url.protocol === "wss:" ? "wss:" : "ws:";
  return url.href;
}
