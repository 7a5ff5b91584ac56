// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Playback } from "@/timeline/playback";
import { Timeline } from "@/timeline/timeline";
import { Address, PRESENT, type Place } from "@/view/timeline/address";

import { FakeClock } from "../../source/world";
import { story } from "../../tapes/golden";
import { opened, types } from "./opened";

describe("looking at the past of a lab", () => {
  it("takes every command for none, and says how to go back", async () => {
    const { lab, site, build, run } = opened();
    build();
    const id = run("web");
    lab.playback.stepEvent(-1);
    expect(lab.past).toBe(true);
    expect(lab.buildReason).toMatch(/looking at the past. Press L/);
    expect(lab.runReason).toBe(lab.buildReason);
    await lab.startBuild();
    await lab.run();
    await lab.act("stop", id);
    await lab.commander.perform({ type: "container.stop", container: id });
    expect(types(site)).toEqual([]);
    expect(lab.commander.notices.at(-1)?.problem.title).toBe(lab.buildReason);
    lab.playback.goLive();
    await lab.act("stop", id);
    expect(types(site)).toEqual(["container.stop"]);
  });

  it("makes no news of what was told already", () => {
    const { lab, maker, play } = opened();
    maker.add({ type: "limit.reached", what: "disk_bytes", limit: 9, subject: "nothing:here" });
    play();
    const [told] = lab.commander.notices;
    expect(told?.times).toBe(1);
    lab.playback.toStart();
    lab.playback.stepEvent(1);
    lab.playback.goLive();
    expect(lab.commander.notices).toEqual([told]);
  });

  it("selects again what was not there for a while", () => {
    const { lab, build, run } = opened();
    build();
    const id = run("web");
    lab.select("container", id);
    lab.playback.toStart();
    expect(lab.selected).toBeNull();
    lab.playback.goLive();
    expect(lab.selected).toEqual({ kind: "container", id });
  });

  it("keeps the discoveries", () => {
    const { lab, build } = opened();
    build();
    const found = lab.snapshot.discoveries;
    lab.playback.toStart();
    expect(lab.snapshot.discoveries).toBe(found);
  });
});

describe("the moment in the page's address", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function page(hash: string) {
    const timeline = new Timeline((work) => work());
    const playback = new Playback(timeline, {
      live: true,
      clock: new FakeClock(),
      schedule: (work) => work(),
    });
    const location = { pathname: "/lab/x/", search: "", hash };
    const listeners: (() => void)[] = [];
    const written: string[] = [];
    const place = {
      location,
      history: {
        state: null,
        replaceState: (_: unknown, __: string, url: string) => {
          written.push(url);
          location.hash = url.slice(url.indexOf("/lab/x/") + "/lab/x/".length);
        },
      },
      addEventListener: (_: string, listener: () => void) => listeners.push(listener),
      removeEventListener: () => listeners.splice(0),
    } as unknown as Place;
    const address = new Address(playback, PRESENT, place);
    const load = () => {
      timeline.add(story());
      address.loaded();
    };
    /** A browser changes the address at once, and tells of it a little later. */
    const changes = (to: string) => {
      location.hash = to;
      return () => listeners.forEach((listener) => listener());
    };
    const goes = (to: string) => changes(to)();
    return { playback, address, written, load, changes, goes };
  }

  it("is gone to when the tape is there, and not before", () => {
    const { playback, load, written } = page("#t=e12");
    expect(playback.state.live).toBe(true);
    load();
    expect(playback.state).toMatchObject({ position: 12, live: false });
    vi.runAllTimers();
    expect(written).toEqual([]);
  });

  it("is written once one rests at it, and gone when one is live", () => {
    const { playback, load, written } = page("");
    load();
    for (const at of [3, 9, 20, 31]) playback.seek(at);
    expect(written).toEqual([]);
    vi.runAllTimers();
    expect(written).toEqual(["/lab/x/#t=e31"]);
    playback.seek(4);
    playback.goLive();
    vi.runAllTimers();
    expect(written).toEqual(["/lab/x/#t=e31", "/lab/x/"]);
  });

  it("is not written over one that was asked for and not yet told of", () => {
    const { playback, load, written, changes } = page("");
    load();
    playback.seek(4);
    const told = changes("#t=e9");
    vi.runAllTimers();
    told();
    vi.runAllTimers();
    expect(playback.state.position).toBe(9);
    expect(written).toEqual([]);
  });

  it("is followed when it is changed by hand, and nonsense is passed over", () => {
    const { playback, load, goes, address } = page("#nonsense");
    load();
    expect(playback.state.live).toBe(true);
    goes("#t=e7");
    expect(playback.state.position).toBe(7);
    goes("");
    expect(playback.state.live).toBe(true);
    address.close();
    goes("#t=e7");
    expect(playback.state.live).toBe(true);
  });
});
