import { describe, expect, test } from "vitest";

import { CommandFailed } from "@/source/source";

import { lab } from "./world";

async function problemOf(promise: Promise<unknown>): Promise<string> {
  const reason: unknown = await promise.catch((error: unknown) => error);
  return reason instanceof CommandFailed ? reason.problem.code : `not refused: ${String(reason)}`;
}

describe("a command", () => {
  test("resolves with its own answer", async () => {
    const { outside, live } = lab();
    outside.last.hello(0);
    const first = live.send({ type: "container.stop", container: "a" });
    const second = live.send({ type: "exec.start", container: "a" });
    const [one, other] = outside.last.sent;
    expect(one).toMatchObject({ type: "container.stop", container: "a" });
    expect(one?.["ref"]).not.toBe(other?.["ref"]);
    outside.last.says({ frame: "done", ref: String(other?.["ref"]), result: { exec: "e" } });
    outside.last.says({ frame: "done", ref: String(one?.["ref"]), result: {} });
    expect(await second).toEqual({ exec: "e" });
    expect(await first).toEqual({});
  });

  test("is refused with the site's own words", async () => {
    const { outside, live } = lab();
    outside.last.hello(0);
    const answer = live.send({ type: "image.remove", image: "a" });
    const error = { code: "in-use", title: "It is used.", why: "", try: "", engine_words: "" };
    outside.last.says({ frame: "error", ref: String(outside.last.sent[0]?.["ref"]), error });
    expect(await problemOf(answer)).toBe("in-use");
  });

  test("is refused at once while the lab is not connected", async () => {
    const { outside, live } = lab();
    expect(await problemOf(live.send({ type: "container.stop", container: "a" }))).toBe(
      "not-connected",
    );
    expect(outside.last.sent).toEqual([]);
  });

  test("is refused when the connection is lost before its answer", async () => {
    const { outside, live } = lab();
    outside.last.hello(0);
    const dropped = live.send({ type: "container.stop", container: "a" });
    outside.last.drops();
    expect(await problemOf(dropped)).toBe("connection-lost");
    outside.clock.passes(500);
    outside.last.hello(0);
    const closed = live.send({ type: "container.stop", container: "a" });
    live.close();
    expect(await problemOf(closed)).toBe("connection-lost");
  });

  test("is not disturbed by answers that nobody waits for, nor by nonsense", async () => {
    const { outside, live, sink } = lab();
    outside.last.hello(0);
    const answer = live.send({ type: "container.stop", container: "a" });
    outside.last.says({ frame: "done", ref: "nobody", result: {} });
    for (const data of ["", "null", "[]", "{", '{"frame":"events"}', '{"frame":"?"}', 7, null]) {
      outside.last.saysText(data);
    }
    outside.last.saysText(`{"frame":"error","ref":"${String(outside.last.sent[0]?.["ref"])}"}`);
    expect(await problemOf(answer)).toBe("unknown");
    expect(sink.head).toBe(0);
  });
});
