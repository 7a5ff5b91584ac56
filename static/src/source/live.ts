/**
 * A lab as it happens, over its WebSocket: resumes after a drop where it was, mends gaps over HTTP,
 * and carries commands. The sink knows how far the tape has come; this knows only the connection.
 *
 *     connecting ──► open ──► reconnecting ──► open …
 *          └──────────┴────────────┴──► closed (unknown lab, flood, close())
 */
import type { AnyCommand, AnyFrame, Problem } from "../events/generated";
import { Answers } from "./answers";
import { backoff } from "./backoff";
import { CLOSE_FULL, closeProblem, readEvents, readFrame } from "./frames";
import { browser, type Outside, type Socket } from "./outside";
import { problem, CommandFailed, type Result, type Sink, type Source } from "./source";

/** A socket that has been silent for so long is looked after: it may be dead without knowing. */
export const SILENCE_MS = 45_000;
/** Pages of missing events fetched in one go; a tape that needs more begins with the next gap. */
const MOST_PAGES = 200;
/** The attempt from which on tries are as far apart as they get. */
const PATIENT_ATTEMPT = 6;
const NORMAL_CLOSURE = 1000;

export interface Address {
  /** The socket's path, for example `/ws/labs/<id>/`. */
  readonly socket: string;
  /** The path that answers `?after=` with events, for example `/api/labs/<id>/events`. */
  readonly events: string;
  /** Says whose the lab is where the browser sends no cookie; null where it does. */
  readonly key?: string | null;
}

export class Live implements Source {
  readonly #answers = new Answers();
  #sink: Sink | null = null;
  #socket: Socket | null = null;
  #greeted = false;
  #attempt = 0;
  #mending = false;
  #heard = false;
  /** What the site said before it let us in: the reason, should it close now. */
  #said: Problem | null = null;
  #stopRetry: () => void = () => undefined;
  #stopWatch: () => void = () => undefined;
  #stopListening: () => void = () => undefined;

  constructor(
    private readonly address: Address,
    private readonly outside: Outside = browser,
  ) {}

  open(sink: Sink): void {
    this.#sink = sink;
    this.#stopListening = this.outside.onAwake(() => this.#awake());
    this.#connect();
  }

  /** Tries at once: for a button, also after the source has closed by itself. */
  reconnect(): void {
    if (!this.#sink || this.#socket) return;
    this.#stopRetry();
    this.#connect();
  }

  close(): void {
    const sink = this.#sink;
    this.#sink = null;
    this.#stopListening();
    this.#letGo();
    this.#answers.allFailed(LOST);
    sink?.state({ kind: "closed", code: NORMAL_CLOSURE, problem: null });
  }

  send(command: AnyCommand): Promise<Result> {
    if (!this.#socket || !this.#greeted) return Promise.reject(new CommandFailed(NOT_CONNECTED));
    const { message, answer } = this.#answers.expect(command);
    this.#socket.send(JSON.stringify(message));
    return answer;
  }

  #connect(): void {
    const sink = this.#sink;
    if (!sink) return;
    if (this.#attempt === 0) sink.state({ kind: "connecting" });
    const key = this.address.key ? `&key=${encodeURIComponent(this.address.key)}` : "";
    const socket = this.outside.socket(`${this.address.socket}?after=${sink.head}${key}`);
    this.#socket = socket;
    this.#greeted = false;
    socket.onmessage = ({ data }) => {
      const frame = socket === this.#socket ? readFrame(data) : null;
      if (frame) this.#take(frame);
    };
    socket.onclose = ({ code }) => {
      if (socket === this.#socket) this.#dropped(code);
    };
    this.#watch();
  }

  #take(frame: AnyFrame): void {
    const sink = this.#sink;
    if (!sink) return;
    this.#heard = true;
    switch (frame.frame) {
      case "hello":
        this.#greeted = true;
        this.#attempt = 0;
        sink.hello(frame);
        sink.state({ kind: "open" });
        return;
      case "events":
        sink.events(frame.events);
        if (sink.missingAfter !== null) void this.#mend();
        return;
      case "done":
        this.#answers.done(frame.ref, frame.result);
        return;
      case "error":
        if (frame.ref !== "") this.#answers.failed(frame.ref, frame.error);
        else if (this.#greeted) sink.problem(frame.error);
        else this.#said = frame.error;
    }
  }

  #dropped(code: number): void {
    this.#letGo();
    this.#answers.allFailed(LOST);
    const said = this.#said;
    this.#said = null;
    const final = closeProblem(code);
    if (final) {
      this.#attempt = 0;
      this.#sink?.state({ kind: "closed", code, problem: said ?? final });
      return;
    }
    this.#attempt = Math.max(this.#attempt + 1, code === CLOSE_FULL ? PATIENT_ATTEMPT : 1);
    const waitMs = backoff(this.#attempt, this.outside.random());
    this.#sink?.state({ kind: "reconnecting", attempt: this.#attempt, waitMs, problem: said });
    this.#stopRetry = this.outside.after(waitMs, () => this.#connect());
  }

  /** Nothing that this socket or its timers still do reaches us. */
  #letGo(): void {
    this.#stopRetry();
    this.#stopWatch();
    const socket = this.#socket;
    this.#socket = null;
    this.#greeted = false;
    socket?.close();
  }

  /** Fetches what is missing before what is there; when that fails, a new socket begins there. */
  async #mend(): Promise<void> {
    if (this.#mending) return;
    this.#mending = true;
    try {
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const after = this.#sink?.missingAfter ?? null;
        if (after === null) return;
        const events = await this.#fetchAfter(after);
        this.#sink?.events(events);
        if (this.#sink?.missingAfter === after) throw new Error("the gap stays");
      }
    } catch {
      this.#startOver();
    } finally {
      this.#mending = false;
    }
  }

  async #fetchAfter(seq: number): Promise<ReturnType<typeof readEvents>> {
    const answer = await this.outside.get(`${this.address.events}?after=${seq}`);
    const page = answer as { readonly events?: unknown } | null;
    return readEvents(page?.events);
  }

  #startOver(): void {
    if (this.#sink && this.#socket) this.#dropped(0);
  }

  /** The page is seen again, or the network came or went: do not wait for a timer to find out. */
  #awake(): void {
    if (!this.#socket && this.#attempt > 0) this.reconnect();
    else if (this.#socket && this.#greeted) void this.#probe();
  }

  #watch(): void {
    this.#stopWatch();
    this.#heard = false;
    this.#stopWatch = this.outside.after(SILENCE_MS, () => {
      if (!this.#heard && this.outside.seen()) {
        if (this.#greeted) void this.#probe();
        else this.#startOver();
      }
      this.#watch();
    });
  }

  /** Asks over HTTP whether the tape has gone on: if so, or if nobody answers, the socket is dead. */
  async #probe(): Promise<void> {
    const socket = this.#socket;
    const head = this.#sink?.head ?? 0;
    const alive = await this.#fetchAfter(head).then(
      (events) => events.length === 0 || this.#sink?.head !== head,
      () => false,
    );
    if (!alive && socket === this.#socket) this.#startOver();
  }
}

const NOT_CONNECTED = problem(
  "not-connected",
  "The lab is not connected now.",
  "The connection to the site was lost or is not there yet, so the command was not sent.",
  "Wait until the page says that it is connected, then try again.",
);

const LOST = problem(
  "connection-lost",
  "The connection was lost before the answer came.",
  "The command may have been carried out, or not: the stage will show it once connected again.",
  "Wait for the connection, look at the stage, and try again if nothing happened.",
);
