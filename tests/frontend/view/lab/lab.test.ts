// @vitest-environment jsdom
import { describe, expect, it } from "vitest";

import { CommandFailed, problem } from "@/source/source";
import { stageActions } from "@/view/lab/stage-actions";

import { digest } from "../../tapes/maker";
import { Deferred, settled } from "../clock";
import { opened, types } from "./opened";

describe("building", () => {
  it("sends all files and shows at once that it does", async () => {
    const { site, lab } = opened();
    site.held = new Deferred();
    const building = lab.startBuild();
    expect(lab.commander.busy.has("build")).toBe(true);
    expect(lab.arrangement.now.tab).toBe("steps");
    expect(lab.commander.history.at(-1)?.line).toBe("docker build -t my-app:latest .");
    site.held.resolve({ build: 1 });
    await building;
    expect(lab.commander.busy.has("build")).toBe(false);
    expect(site.commands[0]).toMatchObject({
      type: "build",
      files: [{ path: "Dockerfile" }, { path: "app.py" }],
    });
  });

  it("is not sent twice while the first is on its way", async () => {
    const { site, lab } = opened();
    site.held = new Deferred();
    void lab.startBuild();
    void lab.startBuild();
    expect(types(site)).toEqual(["build"]);
    site.held.resolve({});
    await settled();
  });

  it("that is refused says why beside the button, until the next try", async () => {
    const { site, lab } = opened();
    site.refusal = new CommandFailed(problem("full", "The lab is full.", "why", "try"));
    await lab.startBuild();
    expect(lab.commander.notices).toMatchObject([
      { place: "build", problem: { title: "The lab is full." } },
    ]);
    expect(lab.commander.history.at(-1)?.outcome).toBe("failed");
    site.refusal = null;
    await lab.startBuild();
    expect(lab.commander.notices).toEqual([]);
  });

  it("tells why it cannot be pressed", () => {
    const { lab } = opened();
    lab.connectionIs({ kind: "reconnecting", attempt: 1, waitMs: 10, problem: null });
    expect(lab.buildReason).toMatch(/Not connected/);
    lab.connectionIs({ kind: "open" });
    lab.buildFields = { ...lab.buildFields, tag: "Bad Name" };
    expect(lab.buildReason).toMatch(/lower case/);
    expect(opened("watcher").lab.buildReason).toMatch(/watching/);
  });
});

describe("running", () => {
  it("needs an image, and then one click", async () => {
    const { site, lab, build } = opened();
    expect(lab.runReason).toMatch(/no image yet/);
    expect(await lab.run()).toBe(false);
    build();
    expect(lab.runReason).toBeNull();
    expect(await lab.run()).toBe(true);
    expect(site.commands).toEqual([{ type: "container.run", image: "my-app:latest" }]);
  });

  it("takes the image that the button stands beside, not the newest", async () => {
    const { site, lab, build } = opened();
    const first = build(1);
    build(2);
    await stageActions(lab).run(first);
    expect(site.commands).toEqual([{ type: "container.run", image: first }]);
  });

  it("asks for no more containers after one was refused", async () => {
    const { site, lab, build } = opened();
    build();
    site.refusal = new CommandFailed(problem("full", "No more.", "", ""));
    expect(await lab.run({ ...lab.runFields, count: 3 })).toBe(false);
    expect(types(site)).toEqual(["container.run"]);
  });
});

describe("a container's actions", () => {
  it("are sent, and named in the history", async () => {
    const { site, lab, build, run } = opened();
    build();
    const id = run("web");
    await stageActions(lab).stop(id);
    expect(types(site)).toEqual(["container.stop"]);
    expect(lab.commander.history.at(-1)).toMatchObject({
      line: "docker stop web",
      outcome: "done",
    });
  });

  it("that lose something ask first; no is no", async () => {
    const { site, lab, build, run } = opened();
    build();
    const id = run("web");
    const removing = lab.act("remove", id);
    expect(lab.commander.asked?.question.title).toBe("Remove the container web?");
    lab.commander.asked?.answer(false);
    await removing;
    expect(site.commands).toEqual([]);
    const again = lab.act("remove", id);
    lab.commander.asked?.answer(true);
    await again;
    expect(site.commands).toEqual([{ type: "container.remove", container: id, force: true }]);
    expect(lab.commander.asked).toBeNull();
  });

  it("that make no sense say so instead of being sent", async () => {
    const { site, lab, build, run } = opened();
    build();
    const id = run("web");
    await lab.act("start", id);
    expect(site.commands).toEqual([]);
    expect(lab.commander.notices[0]).toMatchObject({
      place: `container:${id}`,
      problem: { title: "web is running already." },
    });
  });

  it("that need a name open their dialog", async () => {
    const { lab, build, run } = opened();
    build();
    const id = run("web");
    await lab.act("commit", id);
    expect([lab.arrangement.dialog, lab.arrangement.subject]).toEqual(["commit", id]);
  });

  it("are not the watcher's", async () => {
    const { site, lab, build, run } = opened("watcher");
    build();
    await lab.act("stop", run("web"));
    expect(site.commands).toEqual([]);
  });

  it("removing an image takes its tag", async () => {
    const { site, lab, build } = opened();
    const image = build();
    const removing = stageActions(lab).removeImage(image);
    lab.commander.asked?.answer(true);
    await removing;
    expect(site.commands).toEqual([{ type: "image.remove", image: "my-app:latest" }]);
  });
});

describe("the selection", () => {
  it("opens what was chosen, and ends when it is gone", () => {
    const { lab, build, run, maker, play } = opened();
    build();
    const id = run("web");
    lab.select("container", id);
    expect(lab.container?.name).toBe("web");
    expect(lab.arrangement.now.tab).toBe("container");
    maker.add({ type: "container.removed", container: id });
    play();
    expect(lab.selected).toBeNull();
    expect(lab.container).toBeNull();
  });

  it("a chosen image stays in focus; choosing a build follows what happens again", () => {
    const { lab, build } = opened();
    const first = build(1);
    const second = build(2);
    expect(lab.focusImage).toBe(second);
    lab.select("image", first);
    expect(lab.focusImage).toBe(first);
    lab.select("build", "2");
    expect(lab.focusImage).toBe(second);
  });

  it("goes to evidence without leaving the discoveries, and says when its place is gone", () => {
    const { lab, build } = opened();
    const image = build();
    lab.arrangement.show("discoveries");
    lab.showEvidence({ seq: 3, text: "", place: { kind: "image", id: image } });
    expect(lab.selected).toEqual({ kind: "image", id: image });
    expect(lab.arrangement.now.tab).toBe("discoveries");
    expect(lab.markedSeq).toBe(3);
    lab.showEvidence({ seq: 4, text: "", place: { kind: "image", id: digest("gone") } });
    expect(lab.commander.notices.at(-1)?.problem.title).toBe("That is gone by now.");
  });
});
