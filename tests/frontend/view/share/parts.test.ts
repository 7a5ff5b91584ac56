// @vitest-environment jsdom
/** The parts of the Share dialog by themselves. */
import { fireEvent, render, screen } from "@testing-library/svelte";
import { expect, it, vi } from "vitest";

import { EMPTY } from "@/view/share/form";
import { Freezer, type Preview } from "@/view/share/freeze";
import FreezeForm from "@/view/share/FreezeForm.svelte";
import PreviewView from "@/view/share/PreviewView.svelte";
import Snippets from "@/view/share/Snippets.svelte";

import { opened } from "../lab/opened";

const shared = { origin: "https://cake.example", id: "abc", title: "Two builds" };
const preview: Preview = {
  events: 24,
  length_ms: 1500,
  files: [{ path: "app.py", size: 9, sha256: "0".repeat(64), text: "print()\n" }],
  outputs: 3,
  text: '{"layercake":"recording"}',
  findings: [],
  bytes: 6700,
  digest: "d",
};

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
      now: "e9",
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
      now: "e9",
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
  render(PreviewView, { preview, busy: false, onback: vi.fn(), onmake: vi.fn() });
  expect(screen.getByText(/24 events, 1.5 s, 6.7 kB/)).toBeTruthy();
  expect(screen.getByText(/It holds what commands printed, 3 times/)).toBeTruthy();
  expect(screen.getByText("app.py")).toBeTruthy();
  expect(screen.getByText(/That is no promise/)).toBeTruthy();
});

it("names each thing that looks like a secret, and where it is", () => {
  const findings = [{ where: "app.py", at: 4, what: "a password", excerpt: "hunt…" }];
  render(PreviewView, {
    preview: { ...preview, findings, outputs: 0 },
    busy: false,
    onback: vi.fn(),
    onmake: vi.fn(),
  });
  expect(screen.getByRole("heading", { name: /1 thing in it looks like a secret/ })).toBeTruthy();
  expect(screen.getByText(/in app.py \(e4\)/)).toBeTruthy();
  expect(screen.getByText(/It holds nothing that commands printed/)).toBeTruthy();
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
