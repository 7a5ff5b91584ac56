// @vitest-environment jsdom
/** The parts of the Share dialog by themselves. */
import { fireEvent, render, screen } from "@testing-library/svelte";
import { expect, it, vi } from "vitest";

import { EMPTY } from "@/view/share/form";
import { Freezer, type Preview } from "@/view/share/freeze";
import FreezeForm from "@/view/share/FreezeForm.svelte";
import MomentField from "@/view/share/MomentField.svelte";
import { choicesOf, timeAt } from "@/view/share/moments";
import PreviewView from "@/view/share/PreviewView.svelte";
import Snippets from "@/view/share/Snippets.svelte";

import { opened } from "../lab/opened";

const shared = { origin: "https://cake.example", id: "abc", title: "Two builds" };
const preview: Preview = {
  events: 24,
  length_ms: 1500,
  files: [{ path: "app.py", size: 9, sha256: "0".repeat(64), builds: [1, 2], text: "print()\n" }],
  outputs: 3,
  text: '{"layercake":"recording"}',
  findings: [],
  bytes: 6700,
  digest: "d",
};

function looking() {
  const busy = false;
  return { events: tape(), busy, onback: vi.fn(), onblank: vi.fn(), onmake: vi.fn() };
}

function tape() {
  const page = opened();
  page.build();
  return page.lab.snapshot.events;
}

it("changes what is copied with the options", async () => {
  render(Snippets, { shared, moment: "e12" });
  expect(screen.getByText("https://cake.example/r/abc/#t=e12")).toBeTruthy();
  await fireEvent.input(screen.getByLabelText("Moment"), { target: { value: "" } });
  await fireEvent.change(screen.getByLabelText("Speed"), { target: { value: "2" } });
  expect(screen.getByText("https://cake.example/r/abc/")).toBeTruthy();
  expect(screen.getByText(/<layercake-player/).textContent).toContain('speed="2"');
});

it("copies no nonsense: a moment that is none is said and left out", async () => {
  render(Snippets, { shared });
  await fireEvent.input(screen.getByLabelText("Moment"), { target: { value: "soon" } });
  expect(screen.getByText(/A moment is 83/)).toBeTruthy();
  expect(screen.getByText("https://cake.example/r/abc/")).toBeTruthy();
});

it("offers a live lab only where there can be one", () => {
  const { unmount } = render(Snippets, { shared, live: false });
  expect(screen.queryByText(/embed\/lab/)).toBeNull();
  unmount();
  render(Snippets, { shared, live: true });
  expect(screen.getByText(/embed\/lab\?recipe=abc/)).toBeTruthy();
});

it("asks for no preview while something is wrong, and says what", async () => {
  const onpreview = vi.fn();
  render(FreezeForm, {
    props: {
      fields: EMPTY,
      events: tape(),
      head: 20,
      now: 9,
      busy: false,
      onchange: vi.fn(),
      onback: vi.fn(),
      onpreview,
    },
  });
  await fireEvent.click(screen.getByRole("button", { name: "Show what would leave" }));
  expect(onpreview).not.toHaveBeenCalled();
  expect(screen.getByText(/Give it a title/)).toBeTruthy();
});

it("adds a note at the moment that is shown", async () => {
  const onchange = vi.fn();
  render(FreezeForm, {
    props: {
      fields: EMPTY,
      events: tape(),
      head: 20,
      now: 9,
      busy: false,
      onchange,
      onback: vi.fn(),
      onpreview: vi.fn(),
    },
  });
  await fireEvent.click(screen.getByRole("button", { name: "Add a note" }));
  expect(onchange).toHaveBeenCalledWith({ ...EMPTY, notes: [{ at: "e9", text: "" }] });
});

it("shows what would leave, and says that output may hold secrets", () => {
  render(PreviewView, { props: { preview, ...looking() } });
  expect(screen.getByText(/24 events, 1.5 s, 6.7 kB/)).toBeTruthy();
  expect(screen.getByText(/It holds 3 pieces of what commands printed/)).toBeTruthy();
  expect(screen.getByText("app.py").closest("summary")?.textContent).toMatch(/builds 1 and 2/);
  expect(screen.getByText(/That is no promise/)).toBeTruthy();
});

const FOUND = [
  { where: "app.py", at: 4, what: "a password", excerpt: "hunt…", word: "hunter2" },
  {
    where: "a note",
    at: 0,
    what: "an e-mail address",
    excerpt: "a@b.example",
    word: "a@b.example",
  },
];

it("names each thing that looks like a secret, where it is and when", () => {
  const { events } = looking();
  const found = { ...preview, findings: FOUND.slice(0, 1), outputs: 0 };
  render(PreviewView, { props: { preview: found, ...looking() } });
  expect(screen.getByRole("heading", { name: /1 thing in it looks like a secret/ })).toBeTruthy();
  expect(screen.getByText(new RegExp(`in app.py, at ${timeAt(4, events)}`))).toBeTruthy();
  expect(screen.getByText(/It holds nothing that commands printed/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Blank all of them" })).toBeNull();
});

it("takes out what looks like a secret at a press", async () => {
  const onblank = vi.fn();
  render(PreviewView, {
    props: { preview: { ...preview, findings: FOUND }, ...looking(), onblank },
  });
  await fireEvent.click(screen.getByRole("button", { name: /Blank it: a password/ }));
  expect(onblank).toHaveBeenLastCalledWith(["hunter2"]);
  await fireEvent.click(screen.getByRole("button", { name: "Blank all of them" }));
  expect(onblank).toHaveBeenLastCalledWith(["hunter2", "a@b.example"]);
});

function chooser(value: string, more: Record<string, unknown> = {}) {
  const events = tape();
  const choices = choicesOf(events, events.length, 0);
  const onchange = vi.fn();
  const props = { label: "From", value, events, choices, empty: "The beginning", onchange };
  const { rerender } = render(MomentField, { props: { ...props, ...more } });
  return { events, choices, onchange, rerender };
}

it("offers the moments of a tape in words", () => {
  const { choices, events } = chooser("");
  const words = screen.getAllByRole("option").map((option) => option.textContent);
  expect(words.at(0)).toBe("The beginning");
  expect(words).toContainEqual(expect.stringMatching(/^\d+:\d\d Build 1 of .* began/));
  expect(words.at(-1)).toBe("Another moment…");
  expect(choices.at(-1)?.value).toBe(`e${events.length}`);
  expect(choices.at(-1)?.words).toMatch(/^The end: \d+:\d\d Image .* was built/);
  expect(screen.queryByRole("textbox")).toBeNull();
});

it("takes the moment that is chosen", async () => {
  const { choices, onchange } = chooser("");
  const value = choices[0]?.value ?? "";
  await fireEvent.change(screen.getByLabelText("From"), { target: { value } });
  expect(onchange).toHaveBeenCalledWith(value);
});

it("lets a moment be typed, and says what happened there", async () => {
  const { onchange, rerender } = chooser("");
  await fireEvent.change(screen.getByLabelText("From"), { target: { value: "typed" } });
  expect(onchange).not.toHaveBeenCalled();
  await fireEvent.input(screen.getByRole("textbox"), { target: { value: "e1" } });
  expect(onchange).toHaveBeenLastCalledWith("e1");
  await rerender({ value: "e1" });
  expect(screen.getByText(/^That is 0:00 The lab was opened/)).toBeTruthy();
});

it("shows nonsense where it can be mended", () => {
  chooser("soon", { problem: "Write seconds." });
  expect(screen.getByRole<HTMLInputElement>("textbox").value).toBe("soon");
  expect(screen.getByText("Write seconds.")).toBeTruthy();
});

it("keeps what was chosen and what is shown among the moments", () => {
  const events = tape();
  const values = choicesOf(events, events.length, 2, ["e3", "", "1:23"]).map(({ value }) => value);
  expect(values).toEqual(expect.arrayContaining(["e2", "e3"]));
  expect(new Set(values).size).toBe(values.length);
});

it("makes what was looked at: the order carries the preview’s digest and the page’s token", async () => {
  const sent: [string, RequestInit][] = [];
  const fetcher = ((path: string, init: RequestInit) => {
    sent.push([path, init]);
    return Promise.resolve(Response.json({ id: "abc", address: "/r/abc/" }));
  }) as typeof fetch;
  const freezer = new Freezer("/api/labs/x/", "token", fetcher);
  const order = { title: "T", description: "", from: 0, to: 3, notes: [], digest: "d" };
  const made = await freezer.make({ ...order, blank: { output: false, words: [] } });
  expect(made.id).toBe("abc");
  const [[path, init] = ["", {}]] = sent;
  expect(path).toBe("/api/labs/x/recordings");
  expect(init.headers).toMatchObject({ "x-csrftoken": "token" });
  expect(JSON.parse(String(init.body))).toMatchObject({ digest: "d", from: 0, to: 3 });
});
