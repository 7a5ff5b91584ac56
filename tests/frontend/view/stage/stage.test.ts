// @vitest-environment jsdom
import { fireEvent, render, screen, within } from "@testing-library/svelte";
import { beforeAll, describe, expect, it, vi } from "vitest";

import { emptyScene, reduce } from "@/scene/reduce";
import type { Scene } from "@/scene/types";
import type { StageActions } from "@/view/stage/actions";
import Stage from "@/view/stage/Stage.svelte";

import { eventually } from "../../eventually";
import {
  buildTape,
  containersTape,
  digest,
  failingTape,
  hex,
  lastScene,
  measuredTape,
  stagesTape,
  Tape,
} from "./tape";

beforeAll(() => {
  // jsdom has no media queries.
  vi.stubGlobal("matchMedia", () => ({ matches: true }));
});

const names = [
  "run",
  "start",
  "stop",
  "restart",
  "pause",
  "resume",
  "kill",
  "remove",
  "commit",
  "rename",
  "shell",
  "tag",
  "removeImage",
] as const;

function actionsThat(act: (name: string, id: string) => unknown): StageActions {
  const entries = names.map((name) => [name, (id: string) => act(name, id)]);
  return Object.fromEntries(entries) as unknown as StageActions;
}

function stage(
  tape: Tape,
  more: {
    actions?: StageActions;
    onselect?: () => void;
    onexplain?: () => void;
    scene?: Scene;
    present?: boolean;
  } = {},
) {
  return render(Stage, {
    scene: lastScene(tape),
    focusImage: null,
    selected: null,
    live: true,
    onselect: () => undefined,
    ...more,
  });
}

const listed = (label: string) =>
  within(screen.getByRole("list", { name: label })).getAllByRole("listitem");

describe("the stage", () => {
  it("teaches what comes next while it is empty", () => {
    stage(new Tape().open());
    expect(screen.getByText("No image yet. Build makes one.")).toBeTruthy();
  });

  it("offers to tell what is simulated, where someone can tell it", async () => {
    const onexplain = vi.fn();
    const { unmount } = stage(buildTape(), { onexplain });
    await fireEvent.click(screen.getByRole("button", { name: /what is simulated here/ }));
    expect(onexplain).toHaveBeenCalledOnce();
    unmount();
    stage(buildTape());
    expect(screen.queryByRole("button", { name: /what is simulated here/ })).toBeNull();
    expect(screen.getByText(/simulated userland/)).toBeTruthy();
  });

  it("counts the seconds of a step that runs, and in the past stands still with all else", async () => {
    vi.useFakeTimers();
    const tape = buildTape(1).add({ type: "step.started", build: 1, step: 2 });
    const scene = { ...lastScene(tape), atMs: lastScene(tape).atMs + 2000 };
    const runs = () => screen.getByText(/^running/).textContent;
    const { rerender } = stage(tape, { scene, present: true });
    await vi.advanceTimersByTimeAsync(3000);
    expect(runs()).toBe("running 5 s");
    await rerender({ present: false });
    expect(runs()).toBe("running 2 s");
    await vi.advanceTimersByTimeAsync(3000);
    expect(runs()).toBe("running 2 s");
    vi.useRealTimers();
  });

  it("says what it waits for when a stop takes its time, until it is over", async () => {
    vi.useFakeTimers();
    let over: () => void = () => undefined;
    const actions = actionsThat(() => new Promise<void>((resolve) => (over = resolve)));
    stage(containersTape(1), { actions });
    const [stop] = screen.getAllByRole("button", { name: /^Stop / });
    if (!stop) throw new Error("nothing can be stopped");
    await fireEvent.click(stop);
    expect(screen.queryByText(/Asked to end/)).toBeNull();
    await vi.advanceTimersByTimeAsync(700);
    expect(screen.getByText(/Asked to end/)).toBeTruthy();
    over();
    await vi.advanceTimersByTimeAsync(0);
    expect(screen.queryByText(/Asked to end/)).toBeNull();
    vi.useRealTimers();
  });

  it("shows that a push was asked for, before the engine has begun it", async () => {
    const actions = actionsThat(() => undefined);
    const { rerender } = stage(buildTape(), { actions });
    const push = screen.getByRole("button", { name: /^Push… the image/ });
    expect(push.getAttribute("aria-busy")).toBeNull();
    await rerender({ actions: { ...actions, pushing: () => true } });
    expect(push.getAttribute("aria-busy")).toBe("true");
  });

  it("lists an image's layers in the order of the Dockerfile, each as a button", () => {
    stage(buildTape());
    const layers = listed("Layers of the image, the base first");
    const says = layers.map((layer) => within(layer).getByRole("button").textContent);
    expect(says).toHaveLength(5);
    expect(says[0]).toContain("FROM python:3.12-slim, read-only layer of 12.4 MB");
  });

  it("draws the stack once, however many containers stand on it", () => {
    stage(containersTape(8));
    expect(listed("Layers of the image, the base first")).toHaveLength(5);
    expect(screen.getAllByRole("article")).toHaveLength(8);
  });

  it("counts the stack once on the disk meter, against a copy each", () => {
    stage(containersTape(8));
    const meter = screen.getByRole("region", { name: "Disk meter" });
    expect(meter.textContent).toMatch(/5 image layers, stored once: 12\.4 MB/);
    expect(meter.textContent).toMatch(/full copy: 113 MB/);
  });

  it("says what each container uses, and keeps the place for it until it is known", async () => {
    const tape = measuredTape();
    const early = tape.events.slice(0, -4).reduce(reduce, emptyScene());
    const { rerender } = stage(tape, { scene: early });
    const rows = screen.getAllByLabelText("What it uses now");
    const words = () => rows.map((row) => row.textContent.replace(/\s+/g, " ").trim());
    expect(words()).toEqual(["cpu – pids – mem –", "cpu – pids – mem –"]);
    await rerender({ scene: lastScene(tape) });
    expect(words()).toEqual([
      "cpu 9 % pids 2 mem 12 MiB of 64 MiB",
      "cpu 7 % pids 2 mem 12 MiB of 64 MiB",
    ]);
  });

  it("says nothing of what containers use where the engine measures nothing", () => {
    stage(containersTape(2));
    expect(screen.queryByLabelText("What it uses now")).toBeNull();
  });

  it("names a container's changed files in its own layer, what is hidden as hidden", () => {
    stage(containersTape(1));
    const chips = listed("Files changed in this container").map((chip) => chip.textContent);
    expect(chips.map((text) => text.trim().replace(/\s+/g, " "))).toEqual([
      "/etc/motd hidden",
      "/app/app.py changed",
      "/app/notes.txt new",
    ]);
  });

  it("says what broke, why, and what to try", () => {
    stage(failingTape());
    const group = screen.getByRole("group", { name: "Why the step failed" });
    expect(group.textContent).toContain("The command was not found in the image.");
    expect(group.textContent).toContain("Try");
  });

  it("says of a stage that nothing needs that it was not built", () => {
    stage(stagesTape(4));
    expect(screen.getByText("not needed, so not built")).toBeTruthy();
  });

  it("says on which engine all of it happened", () => {
    const { rerender } = stage(buildTape());
    expect(screen.getByText("Embedded engine (simulated userland)")).toBeTruthy();
    expect(screen.queryByText("Recording")).toBeNull();
    return rerender({ live: false }).then(() => {
      expect(screen.getByText("Recording")).toBeTruthy();
    });
  });

  it("says that the engine is away", () => {
    stage(buildTape().add({ type: "engine.lost", message: "The engine was stopped." }));
    expect(screen.getByText(/The engine went away/).textContent).toContain("stopped");
  });
});

describe("what can be pressed on the stage", () => {
  it("is nothing that acts, for one who watches", () => {
    stage(containersTape(1));
    expect(screen.queryByRole("button", { name: /^(Run|Stop|Shell|Remove)/ })).toBeNull();
  });

  it("asks for what its button says, with the container's id", async () => {
    const asked: string[] = [];
    stage(containersTape(1), { actions: actionsThat((name, id) => asked.push(`${name} ${id}`)) });
    await fireEvent.click(screen.getByRole("button", { name: "Stop brave_otter" }));
    await fireEvent.click(screen.getByRole("button", { name: "Run" }));
    expect(asked).toEqual([`stop ${hex("brave_otter")}`, `run ${digest("image-1")}`]);
  });

  it("is busy until the answer has come, and does not ask twice", async () => {
    let answer = () => {};
    let asked = 0;
    const act = () => {
      asked += 1;
      return new Promise<void>((resolve) => (answer = resolve));
    };
    stage(containersTape(1), { actions: actionsThat(act) });
    const stop = screen.getByRole("button", { name: "Stop brave_otter" });
    await fireEvent.click(stop);
    await fireEvent.click(stop);
    expect([asked, stop.getAttribute("aria-busy")]).toEqual([1, "true"]);
    answer();
    await eventually(() => expect(stop.getAttribute("aria-busy")).toBeNull());
  });

  it("tells the docker command that a button stands for", () => {
    stage(containersTape(2), { actions: actionsThat(() => undefined) });
    const start = screen.getByRole("button", { name: "Start calm_heron" });
    const tip = document.getElementById(start.getAttribute("aria-describedby") ?? "");
    expect(tip?.textContent).toBe("docker start calm_heron");
  });

  it("selects layers by digest, containers by id, and steps without a layer by their number", async () => {
    const onselect = vi.fn();
    stage(containersTape(1), { onselect });
    await fireEvent.click(screen.getByRole("button", { name: "brave_otter" }));
    await fireEvent.click(screen.getByRole("button", { name: /^FROM python/ }));
    stage(buildTape(1), { onselect });
    await fireEvent.click(screen.getByRole("button", { name: /^WORKDIR \/app, to come/ }));
    expect(onselect.mock.calls).toEqual([
      ["container", hex("brave_otter")],
      ["layer", digest("base")],
      ["step", "1:2"],
    ]);
  });
});

describe("what a hostile tape says", () => {
  it("is shown as text, never as markup", () => {
    const tape = buildTape().container("<img src=x onerror=alert(1)>", "image-1");
    stage(tape);
    expect(document.querySelector("img")).toBeNull();
    expect(screen.getByRole("button", { name: "<img src=x onerror=alert(1)>" })).toBeTruthy();
  });
});
