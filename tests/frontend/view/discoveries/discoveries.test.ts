// @vitest-environment jsdom
import { fireEvent, render, screen, within } from "@testing-library/svelte";
import { beforeAll, describe, expect, it, vi } from "vitest";

import type { AnyEvent } from "@/events/generated";
import { discover, noDiscoveries, rows } from "@/scene/discoveries";
import Discoveries from "@/view/discoveries/Discoveries.svelte";
import Announcer from "@/view/transcript/Announcer.svelte";
import Transcript from "@/view/transcript/Transcript.svelte";

import { eventually } from "../../eventually";
import { buildTape, containersTape, digest, Tape } from "../stage/tape";

beforeAll(() => {
  vi.stubGlobal("matchMedia", () => ({ matches: true }));
  // jsdom scrolls nothing.
  Element.prototype.scrollTo = () => undefined;
  Element.prototype.scrollIntoView = () => undefined;
});

const rowsOf = (events: readonly AnyEvent[]) => rows(events.reduce(discover, noDiscoveries()));

describe("the discoveries", () => {
  it("are six, none of them found in a lab where nothing has happened", () => {
    render(Discoveries, { discoveries: rowsOf([]), onevidence: () => undefined });
    expect(screen.getByText("0 of 6")).toBeTruthy();
    expect(screen.getAllByText("Try:")).toHaveLength(6);
    expect(screen.queryAllByRole("button")).toEqual([]);
  });

  it("tick themselves with the tape, and lead to their evidence", async () => {
    const asked = vi.fn();
    const { rerender } = render(Discoveries, {
      discoveries: rowsOf(buildTape().events),
      onevidence: asked,
    });
    expect(screen.getByText("0 of 6")).toBeTruthy();
    const { events } = containersTape(2);
    await rerender({ discoveries: rowsOf(events) });
    const command = screen.getByRole("listitem", { name: /What you type/ });
    expect(within(command).getByText("found out")).toBeTruthy();
    const [evidence] = within(command).getAllByRole("button", { hidden: true });
    if (!evidence) throw new Error("a row that is found has evidence");
    await fireEvent.click(evidence);
    expect(asked.mock.calls[0]?.[0]).toMatchObject({
      place: { kind: "image", id: digest("image-1") },
    });
  });
});

describe("the transcript's panel", () => {
  it("says that nothing has happened yet", () => {
    render(Transcript, { props: { events: new Tape().events, at: 0 } });
    expect(screen.getByText("Nothing has happened yet.")).toBeTruthy();
  });

  it("draws the newest entries only, and earlier ones when asked", async () => {
    const tape = buildTape();
    for (let index = 0; index < 400; index += 1) {
      tape.add({ type: "build.queued", build: 2 + index, position: 1 });
    }
    render(Transcript, { props: { events: tape.events, at: tape.events.length } });
    expect(screen.getAllByRole("listitem")).toHaveLength(300);
    await fireEvent.click(screen.getByRole("button", { name: /Show earlier/ }));
    expect(screen.getAllByRole("listitem")).toHaveLength(tape.events.length);
  });
});

describe("the announcer", () => {
  it("reads out what happens, and nothing of the past", async () => {
    const tape = buildTape();
    const { rerender } = render(Announcer, {
      props: { events: tape.events, at: tape.events.length },
    });
    tape.container("brave_otter", "image-1");
    await rerender({ at: tape.events.length });
    const status = screen.getByRole("status");
    await eventually(() => expect(status.textContent).toContain("brave_otter"));
    expect(status.textContent).not.toContain("Build 1");
  });
});
