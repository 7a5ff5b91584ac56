// @vitest-environment jsdom
/** The steps beside a recording: at every moment why each ran, with what the recording carries. */
import { readFileSync } from "node:fs";

import { fireEvent, render, screen, within } from "@testing-library/svelte";
import { describe, expect, test, vi } from "vitest";

import { Included } from "@/source/included";
import { Playing } from "@/view/player/playing.svelte";
import Beside, { type BesideTab } from "@/view/recording/Beside.svelte";
import { layersInWords } from "@/view/recording/layers";
import { stepPointedAt } from "@/view/recording/pointed";
import type { Selected } from "@/view/stage/selection";
// Here already when the page asks for them: a busy machine takes long to compile them.
import "@/view/recording/RecordedSteps.svelte";
import "@/view/steps/detective/difference";

import { eventually } from "../../eventually";

/** Two builds; in between, one line of hello.py changed. */
const TEXT = readFileSync("tests/tapes/recording-v1.jsonl", "utf8");

/** The position after the first event that has all of this. */
function after(facts: Readonly<Record<string, unknown>>, text = TEXT): number {
  const lines = text.trim().split("\n").slice(1);
  const at = lines.findIndex((line) => {
    const event = JSON.parse(line) as Record<string, unknown>;
    return Object.entries(facts).every(([name, value]) => event[name] === value);
  });
  if (at < 0) throw new Error("the tape has no such event");
  return at + 1;
}

const BEFORE = after({ type: "lab.opened" });
const FIRST = after({ type: "image.built", build: 1 });
const SECOND = after({ type: "image.built", build: 2 });

/** The same recording without the contents of files that hold this word. */
function without(word: string): string {
  const [first = "", ...events] = TEXT.split("\n");
  const header = JSON.parse(first) as { files: { text: string }[] };
  const files = header.files.filter(({ text }) => !text.includes(word));
  expect(files.length).toBeLessThan(header.files.length);
  return [JSON.stringify({ ...header, files }), ...events].join("\n");
}

interface Shown {
  readonly position?: number | null;
  readonly text?: string;
  readonly tab?: BesideTab;
  readonly selected?: Selected | null;
  readonly forkable?: boolean;
}

function show({ position = SECOND, text = TEXT, tab = "steps", ...more }: Shown = {}) {
  const playing = new Playing(text, position === null ? {} : { start: { position } });
  const props = {
    playing,
    included: new Included(text),
    tab,
    selected: null,
    forkable: true,
    ontab: vi.fn(),
    onselect: vi.fn(),
    ...more,
  };
  const { rerender } = render(Beside, props);
  return { ...props, rerender };
}

/** The step's row, once it is there; `open` opens it. */
async function step(key: string, { open = true } = {}): Promise<HTMLElement> {
  const find = () => document.querySelector<HTMLElement>(`[data-step="${key}"]`);
  await eventually(() => expect(find()).not.toBeNull());
  const row = find();
  if (!row) throw new Error("the step has gone again");
  const button = within(row).getAllByRole("button")[0] ?? row;
  if (open && button.getAttribute("aria-expanded") === "false") await fireEvent.click(button);
  return row;
}

describe("after the second build of a recording", () => {
  test("what broke the cache is told, and what that cost", async () => {
    show();
    const summary = await screen.findByRole("group", { name: "What the cache was worth" });
    expect(summary.textContent).toMatch(
      /Step 3 broke the cache: hello\.py changed\. Everything after it had to run: \d+ ms of the \d+ ms that the steps took\. The cache saved 18 ms\./,
    );
  });

  test("the file that changed is shown with its difference, out of the recording", async () => {
    show();
    const row = await step("2:3");
    expect(row.textContent).toContain("files that it copies changed: hello.py modified");
    expect(row.textContent).toContain("Compared with build 1.");
    const difference = await within(row).findByRole("group", { name: "Difference of hello.py" });
    expect(difference.textContent).toMatch(/before: .+now: /s);
  });

  test("a step from the cache tells what that saved, and its layer's size", async () => {
    show();
    const row = await step("2:2");
    expect(row.textContent).toContain("From the cache: the same instruction");
    expect(row.textContent).toContain("It took 18 ms when it last ran; that was saved.");
    expect(row.textContent).toMatch(/Its layer: \d+ B/);
  });

  test("from a step to the earlier one that made it run is a click, and the stage follows", async () => {
    const { onselect } = show();
    await fireEvent.click(within(await step("2:4")).getByRole("button", { name: "Show step 3" }));
    expect(onselect).toHaveBeenCalledWith({ kind: "step", id: "2:3" });
    const row = await step("2:3", { open: false });
    expect(within(row).getAllByRole("button")[0]?.getAttribute("aria-expanded")).toBe("true");
  });

  test("nothing is offered that takes a lab", async () => {
    show();
    const row = await step("2:3");
    expect(within(row).queryByRole("button", { name: /Enter step|Show line/ })).toBeNull();
  });

  test("the first build can be looked at as well", async () => {
    show();
    await step("2:1", { open: false });
    await fireEvent.change(screen.getByLabelText("Which build"), { target: { value: "1" } });
    expect((await step("1:3")).textContent).toContain("the cache had no result of it yet");
  });
});

describe("a recording that was made without a file", () => {
  test("tells which one changed, and says that there is nothing to compare", async () => {
    show({ text: without("again") });
    const row = await step("2:3");
    expect(row.textContent).toContain("hello.py modified");
    expect(await within(row).findByText(/made without its content/)).toBeTruthy();
    expect(within(row).queryByRole("button", { name: "Try again" })).toBeNull();
  });
});

describe("at an earlier moment", () => {
  test("the build is shown as it stood then", async () => {
    show({ position: FIRST });
    const row = await step("1:3");
    expect(row.textContent).toContain("the cache had no result of it yet");
    expect(screen.queryByLabelText("Which build")).toBeNull();
  });

  test("in the middle of a build, what is to come is not known yet", async () => {
    show({ position: after({ type: "step.cached", build: 2, step: 2 }) });
    expect((await step("2:2", { open: false })).textContent).toContain("from cache");
    expect((await step("2:3", { open: false })).textContent).toContain("waiting");
    expect(screen.queryByRole("group", { name: "What the cache was worth" })).toBeNull();
  });

  test("before the first build there is none, and it is said so", async () => {
    const beginning = TEXT.replace('"begins":2', '"begins":0');
    expect(beginning).not.toBe(TEXT);
    show({ position: BEFORE, text: beginning });
    expect(await screen.findByText("No build yet")).toBeTruthy();
  });

  test("one goes on from there, and the steps follow", async () => {
    const { playing } = show({ position: FIRST });
    await step("1:3", { open: false });
    playing.seek(SECOND);
    expect((await step("2:3")).textContent).toContain("hello.py modified");
  });
});

describe("what stands beside the player", () => {
  test.each([
    ["transcript", /told here, in sentences/],
    ["steps", /which came from the cache, and why/],
  ] as const)("says what it will show, before Play: %s", (tab, words) => {
    show({ position: null, tab });
    expect(screen.getByText(words)).toBeTruthy();
  });

  test("is chosen with the arrow keys", async () => {
    const { ontab } = show({ position: null, tab: "transcript" });
    await fireEvent.keyDown(screen.getByRole("tab", { name: "What happened" }), {
      key: "ArrowRight",
    });
    expect(ontab).toHaveBeenCalledWith("steps");
  });

  test("says that a look inside a layer takes a lab, which not every recording gives", async () => {
    const { rerender } = show();
    await step("2:1", { open: false });
    expect(screen.getByText(/not which files\. To look inside, open a lab/)).toBeTruthy();
    await rerender({ forkable: false });
    expect(screen.getByText(/not which files/).textContent).not.toContain("open a lab");
  });
});

describe("what is selected on the stage", () => {
  const { end } = new Playing(TEXT, {});
  const build = end.builds.at(-1);
  const layer = build?.steps[2]?.layers[0] ?? "";

  test("is a step, or the step of the newest build that a layer came of", () => {
    expect(stepPointedAt(end, { kind: "step", id: "2:5" })).toBe("2:5");
    expect(stepPointedAt(end, { kind: "layer", id: layer })).toBe("2:3");
    expect(stepPointedAt(end, { kind: "layer", id: "sha256:none" })).toBeNull();
    expect(stepPointedAt(end, { kind: "container", id: "c" })).toBeNull();
    expect(stepPointedAt(end, null)).toBeNull();
  });

  test("is the step that is open in the list", async () => {
    show({ selected: { kind: "layer", id: layer } });
    const row = await step("2:3", { open: false });
    expect(within(row).getAllByRole("button")[0]?.getAttribute("aria-expanded")).toBe("true");
  });

  test("has its layers told in numbers: one, those of a base, none", () => {
    const words = build?.steps.map((each) => layersInWords(end, each));
    expect(words?.[0]).toMatch(/^Its 3 layers: [\d.]+ kB, \d+ files and folders added\.$/);
    expect(words?.[2]).toMatch(/^Its layer: \d+ B, 1 file or folder added\.$/);
    expect(words?.at(-1)).toBe("");
  });
});
