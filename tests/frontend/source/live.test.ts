import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { AnyFrame } from "@/events/generated";
import { backoff } from "@/source/backoff";
import { SILENCE_MS } from "@/source/live";
import { socketAddress } from "@/source/outside";

import { story } from "../tapes/golden";
import { lab } from "./world";

const tape = story();
/** Lets the promises that are settled go on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a live lab", () => {
  test("begins after the last event that the page has", () => {
    const { outside, sink } = lab();
    expect(outside.last.url).toBe("/ws/labs/lab/?after=0");
    outside.last.hello(3);
    outside.last.tells(tape.slice(0, 3));
    expect(sink.kinds).toEqual(["connecting", "open"]);
    expect([sink.greetings, sink.head]).toEqual([1, 3]);
  });

  test("resumes after a drop where it was, with nothing lost and nothing twice", () => {
    const { outside, sink } = lab();
    outside.last.hello(0);
    outside.last.tells(tape.slice(0, 12));
    outside.last.drops();
    expect(sink.states.at(-1)).toEqual({
      kind: "reconnecting",
      attempt: 1,
      waitMs: 500,
      problem: null,
    });
    outside.clock.passes(500);
    expect(outside.sockets).toHaveLength(2);
    expect(outside.last.url).toBe("/ws/labs/lab/?after=12");
    outside.last.hello(tape.length);
    outside.last.tells(tape.slice(10));
    expect(sink.tape.events).toEqual(tape);
    expect(sink.states.at(-1)).toEqual({ kind: "open" });
  });

  test("gives the tape whole, whatever the connection does to it", async () => {
    const chaos = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant("tells" as const), from: fc.nat(69), many: fc.nat(9) }),
        fc.record({ kind: fc.constant("drops" as const) }),
        fc.record({ kind: fc.constant("wakes" as const) }),
        fc.record({ kind: fc.constant("nonsense" as const), text: fc.string() }),
      ),
      { maxLength: 25 },
    );
    await fc.assert(
      fc.asyncProperty(chaos, async (happenings) => {
        const { outside, sink } = lab();
        outside.held = tape;
        outside.last.hello(tape.length);
        for (const each of happenings) {
          if (each.kind === "tells")
            outside.last.tells(tape.slice(each.from, each.from + each.many));
          if (each.kind === "drops") outside.last.drops();
          if (each.kind === "wakes") outside.wakes();
          if (each.kind === "nonsense") outside.last.saysText(each.text);
          await settle();
          outside.clock.passes(20_000);
          outside.last.hello(tape.length);
        }
        outside.last.tells(tape.slice(sink.head));
        await settle();
        expect(sink.tape.events).toEqual(tape);
      }),
      { numRuns: 60 },
    );
  });

  test("mends a gap over HTTP, page by page", async () => {
    const { outside, sink } = lab();
    outside.held = tape;
    outside.last.hello(tape.length);
    outside.last.tells(tape.slice(0, 5));
    outside.last.tells(tape.slice(40));
    await settle();
    expect(outside.asked[0]).toBe("/api/labs/lab/events?after=5");
    expect(outside.asked.length).toBeGreaterThan(2);
    expect(sink.tape.events).toEqual(tape);
    expect(outside.sockets).toHaveLength(1);
  });

  test("takes a new socket when a gap cannot be mended", async () => {
    const { outside, sink } = lab();
    outside.held = null;
    outside.last.hello(tape.length);
    outside.last.tells(tape.slice(4, 6));
    await settle();
    expect(sink.states.at(-1)?.kind).toBe("reconnecting");
    outside.clock.passes(500);
    expect(outside.last.url).toBe("/ws/labs/lab/?after=0");
  });

  test("does not go round in circles when the site does not have what is missing", async () => {
    const { outside, sink } = lab();
    outside.held = [];
    outside.last.hello(tape.length);
    outside.last.tells(tape.slice(4, 6));
    await settle();
    expect(outside.asked).toHaveLength(1);
    expect(sink.states.at(-1)?.kind).toBe("reconnecting");
  });

  test("hears nothing more of a socket that it has left", () => {
    const { outside, sink } = lab();
    const first = outside.last;
    first.hello(0);
    first.drops();
    outside.clock.passes(500);
    first.tells(tape);
    first.onclose?.({ code: 4404 });
    expect(sink.head).toBe(0);
    expect(sink.states.at(-1)?.kind).toBe("reconnecting");
  });
});

describe("the next try", () => {
  test("comes later each time, and soon again once it was connected", () => {
    const { outside, sink } = lab();
    for (let time = 0; time < 3; time += 1) {
      outside.last.drops();
      outside.clock.passes(20_000);
    }
    const waits = sink.states.flatMap((state) =>
      state.kind === "reconnecting" ? state.waitMs : [],
    );
    expect(waits).toEqual([500, 1000, 2000]);
    outside.last.hello(0);
    outside.last.drops();
    expect(sink.states.at(-1)).toMatchObject({ attempt: 1, waitMs: 500 });
  });

  test("is spread, so that a class does not come back all at once, and never too far", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, random) => {
          const wait = backoff(attempt, random);
          expect(wait).toBeGreaterThanOrEqual(250);
          expect(wait).toBeLessThanOrEqual(15_000);
          if (random > 0.1) expect(wait).toBeGreaterThan(backoff(attempt, 0));
        },
      ),
    );
  });

  test("does not wait for its timer when the page wakes up", () => {
    const { outside } = lab();
    outside.last.drops();
    outside.wakes();
    expect(outside.sockets).toHaveLength(2);
    outside.clock.passes(500);
    expect(outside.sockets).toHaveLength(2);
  });

  test.each([
    [4404, "unknown-lab"],
    [4008, "flood"],
  ])("is not made by itself after close code %i", (code, problem) => {
    const { outside, sink, live } = lab();
    outside.last.drops(code);
    expect(sink.states.at(-1)).toMatchObject({ kind: "closed", code, problem: { code: problem } });
    outside.wakes();
    outside.clock.passes(600_000);
    expect(outside.sockets).toHaveLength(1);
    live.reconnect();
    expect(outside.sockets).toHaveLength(2);
  });
});

describe("what the site says besides answers", () => {
  const error = (code: string): AnyFrame => ({
    frame: "error",
    ref: "",
    error: { code, title: "No.", why: "", try: "", engine_words: "" },
  });

  test("is told while connected", () => {
    const { outside, sink } = lab();
    outside.last.hello(0);
    outside.last.says(error("engine-away"));
    expect(sink.problems).toEqual(["engine-away"]);
  });

  test("before it lets us in, is why it closes", () => {
    const { outside, sink } = lab();
    outside.last.says(error("no-such-lab"));
    outside.last.drops(4404);
    expect(sink.states.at(-1)).toMatchObject({ kind: "closed", problem: { code: "no-such-lab" } });
    expect(sink.problems).toEqual([]);
  });

  test("when it is full, makes the next try a patient one", () => {
    const { outside, sink } = lab();
    outside.last.says(error("too-many-sockets"));
    outside.last.drops(4429);
    expect(sink.states.at(-1)).toMatchObject({
      kind: "reconnecting",
      waitMs: 15_000,
      problem: { code: "too-many-sockets" },
    });
  });
});

describe("a silent socket", () => {
  test("is kept when the site says that nothing has happened", async () => {
    const { outside } = lab();
    outside.last.hello(0);
    outside.clock.passes(2 * SILENCE_MS);
    await settle();
    expect(outside.asked).toContain("/api/labs/lab/events?after=0");
    expect(outside.sockets).toHaveLength(1);
  });

  test("is left when the tape has gone on without it", async () => {
    const { outside, sink } = lab();
    outside.held = tape;
    outside.last.hello(0);
    outside.clock.passes(2 * SILENCE_MS);
    await settle();
    expect(sink.states.at(-1)?.kind).toBe("reconnecting");
    expect(outside.sockets[0]?.closed).toBe(true);
  });

  test("is left when nobody answers", async () => {
    const { outside, sink } = lab();
    outside.held = null;
    outside.last.hello(0);
    outside.wakes();
    await settle();
    expect(sink.states.at(-1)?.kind).toBe("reconnecting");
  });

  test("is left when it never said hello", () => {
    const { outside } = lab();
    outside.clock.passes(SILENCE_MS + 500);
    expect(outside.sockets).toHaveLength(2);
  });

  test("is left alone while nobody sees the page", () => {
    const { outside } = lab();
    outside.last.hello(0);
    outside.isSeen = false;
    outside.clock.passes(10 * SILENCE_MS);
    expect(outside.asked).toEqual([]);
  });
});

test("a closed source is silent: no socket, no timer, no listener", () => {
  const { outside, sink, live } = lab();
  outside.last.hello(0);
  live.close();
  expect(outside.isListened).toBe(false);
  outside.wakes();
  outside.clock.passes(600_000);
  outside.last.tells(tape);
  expect([outside.sockets.length, sink.head]).toEqual([1, 0]);
  expect(sink.states.at(-1)).toEqual({ kind: "closed", code: 1000, problem: null });
});

test("the socket is on the page's own host, and as safe as the page", () => {
  expect(socketAddress("/ws/labs/a/?after=3", "http://127.0.0.1:8000/lab/a/")).toBe(
    "ws://127.0.0.1:8000/ws/labs/a/?after=3",
  );
  expect(socketAddress("/ws/", "https://example.org/lab/")).toBe("wss://example.org/ws/");
});
