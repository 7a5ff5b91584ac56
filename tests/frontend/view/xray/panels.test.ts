// @vitest-environment jsdom
import { configure, fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import type { Component } from "svelte";
import { beforeAll, describe, expect, it, vi } from "vitest";

import FilesView from "@/view/containers/FilesView.svelte";
import ImagePanel from "@/view/containers/ImagePanel.svelte";
import LayerPanel from "@/view/containers/LayerPanel.svelte";
import type { LabApi } from "@/view/lab/api";
import type { Subject, XrayFile, XrayPage, XrayQuery } from "@/view/xray/answers";
import { xray } from "@/view/xray/load";

import { digest } from "../../tapes/maker";
import { opened } from "../lab/opened";
import InLab from "./InLab.svelte";
import { entry, folder, page } from "./trees";

// A busy machine is slow, not wrong.
configure({ asyncUtilTimeout: 10_000 });

beforeAll(async () => {
  await xray();
});

const base = digest("a");
const copy = digest("copy 1");
const SECRET = entry("/key", {
  state: "ghost",
  layer: base,
  weight: 5,
  size: 0,
  hidden_by: copy,
});

type Answers = (subject: Subject, query: XrayQuery) => XrayPage;

/** A lab with one image, whose site answers like this. */
function labWith(answers: Answers, file: Partial<XrayFile> = {}) {
  const { lab, build, run, site, maker, play } = opened();
  const image = build();
  const read: [string, string][] = [];
  Object.assign(site.api, {
    xray: (subject: Subject, query: XrayQuery) => Promise.resolve(answers(subject, query)),
    xrayFile: (ref: string, path: string) => {
      read.push([ref, path]);
      return Promise.resolve({ text: "", binary: false, truncated: false, size: 5, ...file });
    },
    inspect: () => Promise.resolve({}),
  } satisfies Partial<Record<keyof LabApi, unknown>>);
  return { lab, image, run, read, maker, play };
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- panels have different props
function show(lab: unknown, part: Component<any>, props: Record<string, unknown>) {
  return render(InLab, { props: { lab, part, props } } as never);
}

const row = (name: RegExp) => screen.findByRole("treeitem", { name });

describe("an image's files", () => {
  const answers: Answers = (_, query) =>
    query.only?.includes("wasted")
      ? page([SECRET], null, { wasted: 10, hidden: 5, efficiency: 0.5 })
      : page([folder("/app", 0, { layer: copy }), SECRET, entry("/hello", { layer: base })], null, {
          wasted: 10,
          hidden: 5,
          efficiency: 0.5,
        });

  it("say by word and number which layer each comes from, and what lies hidden", async () => {
    const { lab, image } = labWith(answers);
    show(lab, ImagePanel, { image: lab.scene.images.find((each) => each.digest === image) });
    expect((await row(/^\/app, folder/)).textContent).toMatch(/2\s*COPY/);
    const ghost = await row(/^\/key, hidden by layer 2, lies in layer 1, FROM alpine, still/);
    expect(ghost.textContent).toContain("hidden by 2");
    expect(screen.getByRole("meter", { name: "Efficiency" }).getAttribute("aria-valuenow")).toBe(
      "50",
    );
  });

  it("are filtered to what is wasted by the figure itself", async () => {
    const { lab } = labWith(answers);
    show(lab, ImagePanel, { image: lab.scene.images[0] });
    await fireEvent.click(await screen.findByRole("button", { name: /10 B wasted/ }));
    await waitFor(() => expect(screen.getAllByRole("treeitem")).toHaveLength(1));
    const chip = screen.getByRole("button", { name: "Wasted" });
    expect(chip.getAttribute("aria-pressed")).toBe("true");
  });

  it("let a secret be read that a later layer deleted, and say so", async () => {
    const { lab, read } = labWith(answers, { text: "token=1\n" });
    show(lab, ImagePanel, { image: lab.scene.images[0] });
    await fireEvent.click(await row(/^\/key/));
    expect((await screen.findByRole("group", { name: "Text of /key" })).textContent).toContain(
      "token=1",
    );
    expect(read).toEqual([[base, "/key"]]);
    expect(screen.getByText(/Deleted in layer 2, and still here to be read/)).toBeTruthy();
    await fireEvent.click(screen.getByRole("button", { name: /layer 2, COPY app.py .: deleted/ }));
    expect(await screen.findByText(/only holds the mark that hides the path/)).toBeTruthy();
  });

  it.each([
    [{ binary: true, size: 3_200_000 }, /binary file, 3.2 MB/],
    [{ text: "a", truncated: true, size: 100_000 }, /Cut at 64 KiB of 100 kB/],
    [{ text: "" }, /The file is empty/],
  ])("say of %o what cannot be shown", async (file, words) => {
    const { lab } = labWith(answers, file);
    show(lab, ImagePanel, { image: lab.scene.images[0] });
    await fireEvent.click(await row(/^\/hello/));
    expect(await screen.findByText(words)).toBeTruthy();
  });

  it("lead to the slab of a layer by its badge", async () => {
    const { lab } = labWith(answers);
    show(lab, ImagePanel, { image: lab.scene.images[0] });
    const badge = within(await row(/^\/app/)).getByRole("button", { name: /show layer 2/ });
    await fireEvent.click(badge);
    expect(lab.selected).toEqual({ kind: "layer", id: copy });
  });

  it("are gone through with the keys alone, and one row takes the Tab", async () => {
    const { lab } = labWith(answers);
    show(lab, ImagePanel, { image: lab.scene.images[0] });
    const first = await row(/^\/app/);
    first.focus();
    await fireEvent.keyDown(first, { key: "End" });
    const last = await row(/^\/hello/);
    await waitFor(() => expect(document.activeElement).toBe(last));
    expect(screen.getAllByRole("treeitem").filter((each) => each.tabIndex === 0)).toEqual([last]);
    await fireEvent.keyDown(last, { key: "Enter" });
    const back = await screen.findByRole("button", { name: "All files" });
    await waitFor(() => expect(document.activeElement).toBe(back));
    await fireEvent.keyDown(back, { key: "Escape" });
    await waitFor(async () => expect(document.activeElement).toBe(await row(/^\/hello/)));
  });

  it("letters go to a name and are no shortcuts of the page", async () => {
    const { lab } = labWith(answers);
    const reached = vi.fn();
    window.addEventListener("keydown", reached);
    show(lab, ImagePanel, { image: lab.scene.images[0] });
    const first = await row(/^\/app/);
    first.focus();
    await fireEvent.keyDown(first, { key: "h" });
    await waitFor(async () => expect(document.activeElement).toBe(await row(/^\/hello/)));
    window.removeEventListener("keydown", reached);
    expect(reached).not.toHaveBeenCalled();
  });

  it("that cannot be had say why, and are asked for again", async () => {
    const { lab } = labWith(() => {
      throw Object.assign(new Error(), { problem: { code: "x", title: "The engine is away." } });
    });
    show(lab, ImagePanel, { image: lab.scene.images[0] });
    expect((await screen.findByRole("alert")).textContent).toContain("The engine is away.");
    expect(screen.getByRole("button", { name: "Try again" })).toBeTruthy();
  });
});

it("thirty thousand files are a screenful of rows", async () => {
  const many = Array.from({ length: 30_000 }, (_, at) => entry(`/f${at}`, { layer: base }));
  const { lab } = labWith(() => page(many));
  show(lab, ImagePanel, { image: lab.scene.images[0] });
  await row(/^\/f0,/);
  expect(screen.getAllByRole("treeitem").length).toBeLessThan(100);
  expect((await row(/^\/f0,/)).getAttribute("aria-setsize")).toBe("30000");
});

describe("a layer", () => {
  it("is told by its place in the image, and its deletions lead to where the file still lies", async () => {
    const { lab, read } = labWith((subject) =>
      subject.kind === "layer"
        ? page([entry("/key", { state: "deleted", layer: base, weight: 5, hidden_by: copy })])
        : page([SECRET]),
    );
    show(lab, LayerPanel, { layer: lab.scene.layers[copy] });
    expect(
      await screen.findByRole("button", { name: /Layer 2 of 2 in my-app:latest/ }),
    ).toBeTruthy();
    await fireEvent.click(await row(/^\/key, deleted, lies in layer 1/));
    await waitFor(() => expect(read).toEqual([[base, "/key"]]));
  });
});

describe("a container's files", () => {
  const answers: Answers = () =>
    page([
      entry("/app.py", { state: "modified", copies: [{ layer: copy, size: 4 }], weight: 4 }),
      entry("/etc/x", { state: "deleted", layer: base, weight: 9 }),
    ]);

  it("are at first what it changed, with copy-ups and whiteouts in words", async () => {
    const asked: XrayQuery[] = [];
    const { lab, run } = labWith((subject, query) => {
      asked.push(query);
      return answers(subject, query);
    });
    run("web");
    show(lab, FilesView, { container: lab.scene.containers[0] });
    expect((await row(/^\/app\.py, copied up, from its own layer/)).textContent).toContain(
      "its own",
    );
    expect((await row(/^\/etc\/x, whiteout, lies in layer 1/)).textContent).toContain("still");
    expect(asked[0]?.only).toEqual(["added", "changed", "deleted"]);
    expect(screen.getByText("docker diff web")).toBeTruthy();
  });

  it("that are read go through the image's version and its own", async () => {
    const { lab, run, read } = labWith(answers, { text: "x" });
    const id = run("web");
    show(lab, FilesView, { container: lab.scene.containers[0] });
    await fireEvent.click(await row(/^\/app\.py/));
    await waitFor(() => expect(read).toEqual([[id, "/app.py"]]));
    expect(screen.getByText("docker cp web:/app.py -")).toBeTruthy();
    await fireEvent.click(
      screen.getByRole("button", { name: /layer 2, COPY app.py .: added, 4 B/ }),
    );
    await waitFor(() => expect(read.at(-1)).toEqual([copy, "/app.py"]));
  });

  it("of an earlier moment are those that the tape tells, and the site is not asked", async () => {
    const asked = vi.fn(answers);
    const { lab, run, maker, play } = labWith(asked);
    const id = run("web");
    maker.changes(id, [{ path: "/then", kind: "added", size: 2 }]);
    play();
    const then = maker.events.length;
    maker.changes(id, []);
    play();
    lab.playback.seek(then);
    await waitFor(() => expect(lab.past).toBe(true));
    show(lab, FilesView, { container: lab.scene.containers[0] });
    await fireEvent.click(await row(/^\/then, added/));
    expect(await screen.findByText(/is not kept on the tape/)).toBeTruthy();
    expect(asked).not.toHaveBeenCalled();
  });
});
