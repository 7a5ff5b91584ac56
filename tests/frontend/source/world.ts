/** A browser in a test's hand: sockets that it opens and closes, answers that it gives, its own time. */
import type { AnyEvent, AnyFrame, Problem } from "@/events/generated";
import { Live } from "@/source/live";
import type { Outside, Socket } from "@/source/outside";
import type { Sink, SourceState } from "@/source/source";
import type { Clock } from "@/timeline/clock";
import { Tape } from "@/timeline/tape";

export class FakeSocket implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((message: { readonly data: unknown }) => void) | null = null;
  onclose: ((event: { readonly code: number }) => void) | null = null;
  readonly sent: Record<string, unknown>[] = [];
  closed = false;

  constructor(readonly url: string) {}

  send(data: string): void {
    this.sent.push(JSON.parse(data) as Record<string, unknown>);
  }

  close(): void {
    this.closed = true;
  }

  says(frame: AnyFrame): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  saysText(data: unknown): void {
    this.onmessage?.({ data });
  }

  hello(seq: number): void {
    this.says({ frame: "hello", lab: "lab", role: "owner", seq });
  }

  tells(events: readonly AnyEvent[]): void {
    this.says({ frame: "events", events: [...events] });
  }

  drops(code = 1006): void {
    this.closed = true;
    this.onclose?.({ code });
  }
}

interface Timer {
  readonly at: number;
  readonly work: () => void;
}

/** Time that moves only when the test says so. */
export class FakeClock implements Clock {
  #now = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  after(ms: number, work: () => void): () => void {
    const timer = { at: this.#now + ms, work };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  passes(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.at <= until);
      const next = due.sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.work();
    }
    this.#now = until;
  }
}

export class FakeOutside implements Outside {
  readonly clock = new FakeClock();
  readonly sockets: FakeSocket[] = [];
  readonly asked: string[] = [];
  isSeen = true;
  /** What the site's HTTP interface holds; null: it does not answer. */
  held: readonly AnyEvent[] | null = [];
  #listener: (() => void) | null = null;

  get last(): FakeSocket {
    const last = this.sockets.at(-1);
    if (!last) throw new Error("no socket was opened");
    return last;
  }

  socket(url: string): Socket {
    const socket = new FakeSocket(url);
    this.sockets.push(socket);
    return socket;
  }

  get(url: string): Promise<unknown> {
    this.asked.push(url);
    if (!this.held) return Promise.reject(new Error("no answer"));
    const after = Number(url.split("after=")[1]);
    // The site answers in pages.
    const events = this.held.filter((event) => event.seq > after).slice(0, 10);
    return Promise.resolve({ events, next: null });
  }

  after(ms: number, work: () => void): () => void {
    return this.clock.after(ms, work);
  }

  random(): number {
    return 1;
  }

  seen(): boolean {
    return this.isSeen;
  }

  onAwake(listener: () => void): () => void {
    this.#listener = listener;
    return () => (this.#listener = null);
  }

  get isListened(): boolean {
    return this.#listener !== null;
  }

  wakes(): void {
    this.#listener?.();
  }
}

/** A sink that keeps what it is given, as the timeline would. */
export class FakeSink implements Sink {
  readonly tape = new Tape();
  readonly states: SourceState[] = [];
  readonly problems: string[] = [];
  greetings = 0;

  get head(): number {
    return this.tape.head;
  }

  get missingAfter(): number | null {
    return this.tape.missingAfter;
  }

  events(events: readonly AnyEvent[]): void {
    this.tape.add(events);
  }

  state(state: SourceState): void {
    this.states.push(state);
  }

  hello(): void {
    this.greetings += 1;
  }

  problem(problem: Problem): void {
    this.problems.push(problem.code);
  }

  get kinds(): string[] {
    return this.states.map((state) => state.kind);
  }
}

const address = { socket: "/ws/labs/lab/", events: "/api/labs/lab/events" };

/** A live lab in this world, opened. */
export function lab(): { outside: FakeOutside; sink: FakeSink; live: Live } {
  const outside = new FakeOutside();
  const sink = new FakeSink();
  const live = new Live(address, outside);
  live.open(sink);
  return { outside, sink, live };
}
