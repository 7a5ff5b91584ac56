// @vitest-environment jsdom
import { describe, expect, it, vi } from "vitest";

import { CLOSE_HANDED_OVER } from "@/source/frames";
import { CommandFailed, problem } from "@/source/source";
import { carryOut } from "@/view/lab/shortcuts";

import { Deferred, settled } from "../clock";
import { opened, types } from "./opened";

describe("the files", () => {
  it("are saved a moment after typing, and once more when the connection is back", async () => {
    vi.useFakeTimers();
    const { site, lab } = opened();
    site.refusal = new CommandFailed(problem("not-connected", "Not connected.", "", ""));
    lab.workspace.edit("app.py", "print(1)\n");
    await vi.advanceTimersByTimeAsync(900);
    expect(lab.workspace.saveState).toBe("failed");
    site.refusal = null;
    lab.connectionIs({ kind: "reconnecting", attempt: 1, waitMs: 1, problem: null });
    lab.connectionIs({ kind: "open" });
    await vi.advanceTimersByTimeAsync(0);
    expect(lab.workspace.saveState).toBe("saved");
    expect(types(site)).toEqual(["files.save", "files.save"]);
    vi.useRealTimers();
  });

  it("that a build carried are saved, unless they were changed since", async () => {
    vi.useFakeTimers();
    const { site, lab } = opened();
    lab.workspace.edit("app.py", "print(1)\n");
    site.held = new Deferred();
    const building = lab.startBuild();
    lab.workspace.edit("app.py", "print(2)\n");
    site.held.resolve({});
    await building;
    expect(lab.workspace.dirty).toBe(true);
    await vi.advanceTimersByTimeAsync(900);
    expect(types(site)).toEqual(["build", "files.save"]);
    vi.useRealTimers();
  });

  it("can be added, renamed, uploaded and deleted; names are checked", () => {
    const { workspace } = opened().lab;
    expect(workspace.add("app.py")).toMatch(/already/);
    expect(workspace.add("./src/new.py")).toBeNull();
    expect(workspace.active).toBe("src/new.py");
    expect(workspace.rename("src/new.py", "lib.py")).toBeNull();
    expect(workspace.active).toBe("lib.py");
    const refused = workspace.upload([
      { path: "pic.png", bytes: new Uint8Array([0, 1]) },
      { path: "../x", bytes: new Uint8Array() },
    ]);
    expect(refused).toHaveLength(1);
    expect(workspace.shown?.base64).toBe("AAE=");
    workspace.remove("pic.png");
    expect(workspace.tabs.map((tab) => tab.path)).toEqual(["Dockerfile", "app.py", "lib.py"]);
    expect(workspace.active).toBe("lib.py");
  });

  it("are no longer saved from here once somebody has taken the lab over", async () => {
    vi.useFakeTimers();
    const { site, lab } = opened();
    lab.connectionIs({ kind: "closed", code: CLOSE_HANDED_OVER, problem: null });
    lab.connectionIs({ kind: "open" });
    lab.workspace.edit("app.py", "print(1)\n");
    await vi.advanceTimersByTimeAsync(900);
    expect(types(site)).toEqual([]);
    expect(lab.buildReason).toMatch(/watching/);
    vi.useRealTimers();
  });

  it("of a watcher follow the owner's builds and are never saved", async () => {
    const { site, lab, build } = opened("watcher");
    site.files = [{ path: "Dockerfile", text: "FROM scratch\n" }];
    build();
    await settled();
    expect(lab.workspace.shown?.text).toBe("FROM scratch\n");
    expect(site.commands).toEqual([]);
  });
});

describe("shortcuts on the page", () => {
  it("move through the containers and act on the selected one", async () => {
    const { site, lab, build, run } = opened();
    build();
    run("one");
    const two = run("two");
    carryOut("previous", lab);
    expect(lab.container?.id).toBe(two);
    carryOut("stop", lab);
    await settled();
    expect(site.commands).toEqual([{ type: "container.stop", container: two }]);
    carryOut("shell", lab);
    expect(lab.panes[two]).toBe("shell");
    expect(lab.shells.wanted.has(two)).toBe(true);
    carryOut("command", lab);
    expect(lab.panes[two]).toBe("command");
  });

  it("say what is missing when nothing is selected", () => {
    const { site, lab } = opened();
    carryOut("stop", lab);
    carryOut("run", lab);
    expect(lab.commander.notices.map((notice) => notice.problem.title)).toEqual([
      "No container is selected.",
      "There is no image yet. Build makes one.",
    ]);
    expect(site.commands).toEqual([]);
  });

  it("close one thing at a time, the last key is the browser's", () => {
    const { lab, build, run } = opened();
    build();
    lab.select("container", run("web"));
    lab.arrangement.present(true);
    expect(lab.tourStep).toBe(2);
    expect(carryOut("close", lab)).toBe(true);
    expect(lab.tourStep).toBeNull();
    carryOut("close", lab);
    expect(lab.arrangement.now.presenting).toBe(false);
    carryOut("close", lab);
    expect(lab.selected).toBeNull();
    expect(carryOut("close", lab)).toBe(false);
  });

  it("change panels, theme and presenting", () => {
    const { lab } = opened();
    for (const tab of ["steps", "container", "discoveries", "transcript"] as const) {
      carryOut(tab, lab);
      expect(lab.arrangement.now.tab).toBe(tab);
    }
    carryOut("theme", lab);
    expect(lab.arrangement.isDark).toBe(true);
    carryOut("present", lab);
    expect(lab.arrangement.now.presenting).toBe(true);
    carryOut("help", lab);
    expect(lab.arrangement.dialog).toBe("help");
    expect(carryOut("build", lab)).toBe(true);
    expect(carryOut("remove", lab)).toBe(true);
    carryOut("next", lab);
    expect(lab.selected).toBeNull();
  });
});

describe("what the page tells by itself", () => {
  it("is what happened after it was opened", () => {
    const { lab, maker, play, build, run } = opened();
    build();
    const id = run("web");
    lab.greeted(lab.scene.seq);
    maker.add({
      type: "limit.reached",
      what: "disk_bytes",
      limit: 1024,
      subject: `container:${id}`,
    });
    play();
    expect(lab.commander.notices).toMatchObject([{ place: `container:${id}`, tone: "word" }]);
  });

  it("is not the past", () => {
    const { lab, maker, play } = opened();
    lab.greeted(50);
    maker.add({ type: "limit.reached", what: "images", limit: 20, subject: "build:1" });
    play();
    expect(lab.commander.notices).toEqual([]);
  });

  it("is the present only when all that happened before has been taken in", () => {
    const { lab, maker, play } = opened();
    expect(lab.catchingUp).toBe(false);
    lab.greeted(maker.events.length + 1);
    play();
    expect(lab.catchingUp).toBe(true);
    maker.add({ type: "limit.reached", what: "images", limit: 20, subject: "build:1" });
    play();
    expect(lab.catchingUp).toBe(false);
    // Connected once more: what was missed in between is to be caught up with, too.
    lab.greeted(maker.events.length + 1);
    expect(lab.catchingUp).toBe(true);
  });

  it("the tour goes on with what is done here, not with what an earlier visit did", () => {
    const { lab, build, run } = opened();
    lab.greeted(50);
    build();
    expect(lab.tourStep).toBe(0);
    const here = opened();
    here.build();
    expect(here.lab.tourStep).toBe(1);
    here.run("web");
    expect(here.lab.tourStep).toBe(2);
    run("web");
    expect(lab.tourStep).toBe(0);
  });

  it("the tour is for the owner, once", () => {
    expect(opened("watcher").lab.tourStep).toBeNull();
    const { lab } = opened();
    lab.nextTourStep(1);
    expect(lab.tourStep).toBe(1);
    lab.nextTourStep(-1);
    lab.closeTour();
    expect(lab.tourStep).toBeNull();
    lab.replayTour();
    expect(lab.tourStep).toBe(0);
  });
});
