// @vitest-environment jsdom
import { createEvent, fireEvent, render, screen } from "@testing-library/svelte";
import { describe, expect, it, onTestFinished, vi } from "vitest";

import { CALM_MS } from "@/timeline/calm";
import { markersOf } from "@/timeline/markers";
import { Playback } from "@/timeline/playback";
import { Timeline } from "@/timeline/timeline";
import { timelineKeyOf } from "@/view/timeline/keys";
import TimelineBar from "@/view/timeline/TimelineBar.svelte";
import { happenedAt } from "@/view/timeline/words";

import { eventually } from "../../eventually";
import { FakeClock } from "../../source/world";
import { story } from "../../tapes/golden";

const tape = story();

function shown(live: boolean, props: Record<string, unknown> = {}) {
  const timeline = new Timeline((work) => work());
  timeline.add(tape);
  const playback = new Playback(timeline, {
    live,
    clock: new FakeClock(),
    schedule: (work) => work(),
  });
  render(TimelineBar, { playback, markers: markersOf(tape), live, ...props });
  const slider = screen.getByRole("slider", { name: "Moment of the tape" });
  const at = () => Number(slider.getAttribute("aria-valuenow"));
  return { playback, slider, at };
}

function part(slider: HTMLElement, selector: string): HTMLElement {
  const found = slider.querySelector<HTMLElement>(selector);
  if (!found) throw new Error(`the slider has no ${selector}`);
  return found;
}

/** The mouse moved, which no event of jsdom says. */
function moveTo(slider: HTMLElement, clientX: number) {
  const move = createEvent.pointerMove(slider, { clientX });
  Object.defineProperty(move, "movementX", { value: 1 });
  return fireEvent(slider, move);
}

describe("the timeline's bar", () => {
  it("is a slider over every event, which says in words where it is", async () => {
    const { playback, slider, at } = shown(false);
    expect(slider.getAttribute("aria-valuemax")).toBe(String(tape.length));
    expect(slider.getAttribute("aria-valuetext")).toMatch(/^Nothing has happened yet; event 0 of/);
    playback.seek(8);
    await eventually(() => expect(at()).toBe(8));
    expect(slider.getAttribute("aria-valuetext")).toMatch(
      new RegExp(`^[A-Z].*; event 8 of ${tape.length}, \\d+:\\d\\d of \\d+:\\d\\d$`),
    );
  });

  it("is moved by every key that it promises", async () => {
    const { playback, slider } = shown(false);
    const press = (key: string, more = {}) => fireEvent.keyDown(slider, { key, ...more });
    await press("ArrowRight");
    await press("ArrowRight");
    await press("ArrowLeft");
    expect(playback.state.position).toBe(1);
    await press("End");
    expect(playback.state.position).toBe(tape.length);
    await press("ArrowLeft", { shiftKey: true });
    const step = playback.state.position;
    expect(step).toBeLessThan(tape.length);
    await press("ArrowRight", { ctrlKey: true });
    expect(playback.state.position).toBeGreaterThan(step);
    await press("Home");
    expect(playback.state.position).toBe(0);
    await press(" ");
    expect(playback.state.playing).toBe(true);
    await press(".");
    expect(playback.state.speed).toBe(2);
    await press(",");
    await press(",");
    expect(playback.state.speed).toBe(0.5);
    await press(" ");
    expect(playback.state.playing).toBe(false);
  });

  it("moves its thumb with the hand, and finds words for it a few times a second", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { playback, slider, at } = shown(false);
    slider.setPointerCapture = () => undefined;
    const [track, thumb] = [part(slider, ".track"), part(slider, ".slide")];
    track.getBoundingClientRect = () => new DOMRect(0, 0, 100, 32);
    await fireEvent.pointerDown(slider, { button: 0, clientX: 20 });
    const [pressed, place] = [at(), thumb.style.transform];
    expect(pressed).toBe(playback.positionAt(0.2 * playback.state.lengthMs));
    for (const clientX of [30, 50]) await moveTo(slider, clientX);
    const moved = thumb.style.transform;
    expect(moved).not.toBe(place);
    expect(at()).toBe(pressed);
    await vi.advanceTimersByTimeAsync(CALM_MS + 1);
    expect(at()).toBe(playback.positionAt(0.5 * playback.state.lengthMs));
    await moveTo(slider, 80);
    await fireEvent.pointerUp(slider);
    expect(at()).toBe(playback.state.position);
    expect(playback.state.position).toBe(playback.positionAt(0.8 * playback.state.lengthMs));
    expect(thumb.style.transform).not.toBe(moved);
  });

  it("marks builds, failures and containers, each with a shape and words", () => {
    shown(false);
    const titles = [...document.querySelectorAll<HTMLElement>("[data-position]")].map(
      (marker) => marker.title,
    );
    expect(titles.some((title) => title.startsWith("Build 1 began"))).toBe(true);
    expect(titles.some((title) => title.includes("was made"))).toBe(true);
    const shapes = new Set(
      [...document.querySelectorAll(".marker path")].map((path) => path.getAttribute("d")),
    );
    expect(shapes.size).toBeGreaterThan(1);
  });

  it("marks nothing beyond its end", () => {
    const position = tape.length;
    const markers = [
      { kind: "build", position, label: "Build 2 began" },
      { kind: "failure", position, label: "Build 2 failed" },
    ];
    shown(false, { markers });
    const places = [...document.querySelectorAll<HTMLElement>(".marker")].map(
      (marker) => marker.style.left,
    );
    expect(places).toEqual(["100%", "100%"]);
  });

  it("goes back to live by one press in a lab, and has no such word for a recording", async () => {
    const { playback, slider, at } = shown(true);
    expect(screen.getByText("Live")).toBeTruthy();
    playback.seek(5);
    await eventually(() => expect(at()).toBe(5));
    const back = screen.getByRole("button", { name: "Back to live" });
    back.focus();
    await fireEvent.click(back);
    expect(playback.state.live).toBe(true);
    // The button goes; who came to it by keyboard stays on the bar.
    expect(document.activeElement).toBe(slider);
    await eventually(() => expect(screen.getByText("Live")).toBeTruthy());
  });

  it("has one row on a phone, the rest behind a button, and says what the past was", async () => {
    const { playback, at } = shown(true, { compact: true });
    const speed = () => screen.queryByRole("combobox", { name: "Speed" });
    expect(speed()).toBeNull();
    const more = screen.getByRole("button", { name: "More of the timeline" });
    expect(more.getAttribute("aria-expanded")).toBe("false");
    await fireEvent.click(more);
    expect(more.getAttribute("aria-expanded")).toBe("true");
    expect(speed()).not.toBeNull();
    expect(screen.getByText(/^Waits are shortened/)).toBeTruthy();
    expect(screen.queryByText(happenedAt(tape, 8))).toBeNull();
    playback.seek(8);
    await eventually(() => expect(at()).toBe(8));
    await eventually(() => expect(screen.getByText(happenedAt(tape, 8))).toBeTruthy());
  });

  it("offers the speed that was asked for, also when it is none of the usual ones", async () => {
    const { playback } = shown(false);
    const speed = screen.getByRole<HTMLSelectElement>("combobox", { name: "Speed" });
    expect([...speed.options].map((option) => option.text)).toEqual(["0.5×", "1×", "2×", "4×"]);
    playback.speed = 3;
    playback.seek(1);
    await eventually(() => expect(speed.value).toBe("3"));
    expect(speed.selectedOptions[0]?.text).toBe("3×");
  });

  it("says nothing of live for a recording", () => {
    shown(false);
    expect(screen.queryByText("Live")).toBeNull();
    expect(screen.queryByRole("button", { name: "Back to live" })).toBeNull();
  });
});

it("keys of the browser and of fields are left alone", () => {
  const press = (key: string, more = {}) =>
    timelineKeyOf({ key, ctrlKey: false, metaKey: false, altKey: false, ...more });
  expect(press("ArrowLeft", { altKey: true })).toBeNull();
  expect(press("ArrowLeft", { metaKey: true })).toBeNull();
  expect(press("l", { ctrlKey: true })).toBeNull();
  expect(press("Home", { ctrlKey: true })).toBeNull();
  expect(press("ArrowUp")).toBeNull();
  expect(press("L")).toBe("live");
});
