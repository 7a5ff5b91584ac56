// @vitest-environment jsdom
import { fireEvent, render, screen } from "@testing-library/svelte";
import { beforeEach, describe, expect, test, vi } from "vitest";

import Player from "@/view/player/Player.svelte";
import type { Playing } from "@/view/player/playing.svelte";

import { eventually } from "../../eventually";
import { story } from "../../tapes/golden";

const tape = story();
const HEADER = {
  layercake: "recording",
  format: 1,
  vocabulary: 1,
  title: "A story",
  description: "Three containers of one image.",
  notes: [
    { at: 4, text: "Here the build begins." },
    { at: 20, text: "Now look at the layers." },
  ],
};
const text = [HEADER, ...tape].map((line) => JSON.stringify(line)).join("\n");

let still: boolean;

beforeEach(() => {
  // jsdom lays nothing out, and is asked here what a reader prefers.
  still = false;
  vi.stubGlobal("matchMedia", () => ({ matches: still }));
  Element.prototype.scrollIntoView = () => undefined;
  Element.prototype.animate ??= () => ({ cancel() {}, finished: Promise.resolve() }) as never;
});

function play(props: Record<string, unknown> = {}): Playing {
  let playing: Playing | undefined;
  const onopen = (opened: Playing): void => void (playing = opened);
  render(Player, { recording: { text }, onopen, ...props });
  if (!playing) throw new Error("the recording did not open");
  return playing;
}

describe("a recording that is open", () => {
  test("waits for its reader, with a picture of its end and what it is about", () => {
    const playing = play();
    expect(playing.state.playing).toBe(false);
    expect(screen.getByText("Three containers of one image.")).toBeTruthy();
    expect(screen.getByLabelText(/^Layers of the image/)).toBeTruthy();
  });

  test("begins at its beginning when Play is pressed", async () => {
    const playing = play();
    const pressed = fireEvent.click(screen.getByRole("button", { name: "Play" }));
    // At once: drawing what follows takes a busy machine longer than a quarter of the tape.
    expect(playing.state.playing).toBe(true);
    expect(playing.state.position).toBeLessThan(tape.length / 4);
    await pressed;
    expect(screen.queryByRole("button", { name: "Play" })).toBeNull();
  });

  test.each([true, false])("keeps the keys when Play goes (alone: %s)", async (alone) => {
    play({ alone });
    const begin = screen.getByRole("button", { name: "Play" });
    begin.focus();
    await fireEvent.click(begin);
    await eventually(() => expect(document.activeElement).toBe(screen.getByRole("slider")));
  });

  test("plays by itself when it is asked to", () => {
    expect(play({ autoplay: true }).state.playing).toBe(true);
  });

  test("does not play by itself for who wants less motion", () => {
    still = true;
    const playing = play({ autoplay: true });
    expect(playing.state.playing).toBe(false);
    expect(screen.getByRole("button", { name: "Play" })).toBeTruthy();
  });

  test.each<[object, number]>([
    [{ position: 12 }, 12],
    [{ position: 1e9 }, tape.length],
    [{ ms: 0 }, tape.filter((event) => event.at_ms <= 0).length],
  ])("opens at the moment it is asked for: %j", (start, position) => {
    expect(play({ start }).state.position).toBe(position);
  });

  test("says what happens now, and what its author says of it", async () => {
    const playing = play();
    playing.seek(3);
    await eventually(() => expect(playing.snapshot.at).toBe(3));
    expect(playing.note).toBeNull();
    playing.seek(5);
    await eventually(() => expect(playing.note?.text).toBe("Here the build begins."));
    playing.seek(tape.length);
    await eventually(() => expect(playing.note?.text).toBe("Now look at the layers."));
    expect(playing.caption).not.toBe("");
  });

  test("is played, stepped and left by keyboard from anywhere in it", async () => {
    const playing = play({ start: { position: 5 } });
    const stage = screen.getByRole("region", { name: "Stage" });
    await fireEvent.keyDown(stage, { key: "ArrowRight" });
    expect(playing.state.position).toBe(6);
    await fireEvent.keyDown(stage, { key: "End" });
    expect(playing.state.position).toBe(tape.length);
    await fireEvent.keyDown(stage, { key: "Home" });
    expect(playing.state.position).toBe(0);
    await fireEvent.keyDown(stage, { key: " " });
    expect(playing.state.playing).toBe(true);
  });

  test("has one button where no timeline is wanted", () => {
    play({ controls: false, start: { position: 5 } });
    expect(screen.queryByRole("slider")).toBeNull();
    expect(screen.getByRole("button", { name: "Play (space)" })).toBeTruthy();
  });
});

describe("where there is nothing to play", () => {
  test("a file that is none says which line is wrong, and why", () => {
    render(Player, { recording: { text: `${text}\nnonsense` } });
    const said = screen.getByRole("alert").textContent;
    expect(said).toContain("This file cannot be played.");
    expect(said).toContain(`Line ${tape.length + 2}: This is no event of a tape.`);
  });

  test("a newer file says so", () => {
    render(Player, { recording: { text: JSON.stringify({ ...HEADER, format: 2 }) } });
    expect(screen.getByRole("alert").textContent).toContain("made by a newer Layercake");
  });

  test("one that was taken back says so", async () => {
    vi.stubGlobal("fetch", () => Promise.resolve(new Response("", { status: 404 })));
    render(Player, { recording: { address: "/r/x.jsonl" } });
    expect(screen.getByRole("status").textContent).toContain("Fetching");
    expect((await screen.findByRole("alert")).textContent).toContain("is not there");
  });

  test("a site that does not answer is asked again on a press", async () => {
    const answers = [
      () => Promise.reject(new TypeError()),
      () => Promise.resolve(new Response(text)),
    ];
    vi.stubGlobal("fetch", () => answers.shift()?.());
    render(Player, { recording: { address: "/r/x.jsonl" } });
    await fireEvent.click(await screen.findByRole("button", { name: "Try again" }));
    expect(await screen.findByText("Three containers of one image.")).toBeTruthy();
  });

  test("no recording is said to be none", () => {
    render(Player, { recording: null });
    expect(screen.getByText("There is no recording here to play.")).toBeTruthy();
  });
});
