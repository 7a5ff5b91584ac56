import { describe, expect, it } from "vitest";

import { Autosave } from "@/view/editor/autosave";

import { Deferred, HandClock, settled } from "../clock";

function setUp() {
  const clock = new HandClock();
  const saves: { value: string; answer: Deferred<void> }[] = [];
  const autosave = new Autosave<string>(
    (value) => {
      const answer = new Deferred<void>();
      saves.push({ value, answer });
      return answer.promise;
    },
    800,
    clock,
  );
  return { clock, saves, autosave, values: () => saves.map((save) => save.value) };
}

describe("saving by itself", () => {
  it("waits until nothing more is typed, and saves the newest text once", async () => {
    const { clock, autosave, values } = setUp();
    autosave.changed("a");
    await clock.pass(700);
    autosave.changed("ab");
    await clock.pass(700);
    expect(values()).toEqual([]);
    await clock.pass(100);
    expect(values()).toEqual(["ab"]);
  });

  it("says waiting, saving, saved", async () => {
    const { clock, saves, autosave } = setUp();
    const states: string[] = [];
    autosave.subscribe((state) => states.push(state));
    autosave.changed("a");
    await clock.pass(800);
    saves[0]?.answer.resolve();
    await settled();
    expect(states).toEqual(["saved", "waiting", "saving", "saved"]);
  });

  it("never has two saves under way: what is typed meanwhile follows", async () => {
    const { clock, saves, autosave, values } = setUp();
    autosave.changed("a");
    await clock.pass(800);
    autosave.changed("b");
    await clock.pass(800);
    expect(values()).toEqual(["a"]);
    expect(autosave.dirty).toBe(true);
    saves[0]?.answer.resolve();
    await settled();
    expect(values()).toEqual(["a", "b"]);
  });

  it("keeps what could not be saved and tries it again when asked", async () => {
    const { clock, saves, autosave, values } = setUp();
    autosave.changed("a");
    await clock.pass(800);
    saves[0]?.answer.reject(new Error("offline"));
    await settled();
    expect(autosave.state).toBe("failed");
    void autosave.flush();
    expect(values()).toEqual(["a", "a"]);
  });

  it("prefers newer text over the one that failed", async () => {
    const { clock, saves, autosave, values } = setUp();
    autosave.changed("a");
    await clock.pass(800);
    autosave.changed("b");
    saves[0]?.answer.reject(new Error("offline"));
    await settled();
    void autosave.flush();
    expect(values()).toEqual(["a", "b"]);
  });

  it("saves at once when the page goes away, and nothing when nothing waits", async () => {
    const { autosave, values } = setUp();
    void autosave.flush();
    expect(values()).toEqual([]);
    autosave.changed("a");
    void autosave.flush();
    expect(values()).toEqual(["a"]);
  });

  it("forgets what a build carried along", async () => {
    const { clock, autosave, values } = setUp();
    autosave.changed("a");
    autosave.forget();
    await clock.pass(5000);
    expect(values()).toEqual([]);
    expect(autosave.dirty).toBe(false);
  });
});
