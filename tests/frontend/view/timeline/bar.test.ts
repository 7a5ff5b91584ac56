// @vitest-environment jsdom
import { fireEvent, render, screen } from "@testing-library/svelte";
import { beforeAll, describe, expect, it, vi } from "vitest";

import { markersOf } from "@/timeline/markers";
import { Playback } from "@/timeline/playback";
import { Timeline } from "@/timeline/timeline";
import { timelineKeyOf } from "@/view/timeline/keys";
import TimelineBar from "@/view/timeline/TimelineBar.svelte";

import { eventually } from "../../eventually";
import { FakeClock } from "../../source/world";
import { story } from "../../tapes/golden";

const tape = story();

beforeAll(() => {
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
});

function shown(live: boolean) {
  const timeline = new Timeline((work) => work());
  timeline.add(tape);
  const playback = new Playback(timeline, {
    live,
    clock: new FakeClock(),
    schedule: (work) => work(),
  });
  render(TimelineBar, { playback, markers: markersOf(tape), live });
  const slider = screen.getByRole("slider", { name: "Moment of the tape" });
  const at = () => Number(slider.getAttribute("aria-valuenow"));
  return { playback, slider, at };
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

  it("goes back to live by one press in a lab, and has no such word for a recording", async () => {
    const { playback, at } = shown(true);
    expect(screen.getByText("Live")).toBeTruthy();
    playback.seek(5);
    await eventually(() => expect(at()).toBe(5));
    await fireEvent.click(screen.getByRole("button", { name: "Back to live" }));
    expect(playback.state.live).toBe(true);
    await eventually(() => expect(screen.getByText("Live")).toBeTruthy());
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
