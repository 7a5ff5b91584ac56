// @vitest-environment jsdom
/** The page of a recording: what it says, whether it can be gone on from, and its address. */
import { expect, it, test, vi } from "vitest";

import { Playback } from "@/timeline/playback";
import { Timeline } from "@/timeline/timeline";
import { engineWords, forkReason, madeWords, readRecordingBoot } from "@/view/recording/boot";
import { Address, BEGINNING } from "@/view/timeline/address";

import { opened } from "../lab/opened";

function pageWith(boot: unknown): Document {
  const page = document.implementation.createHTMLDocument();
  page.body.innerHTML = `<script id="boot" type="application/json">${JSON.stringify(boot)}</script>`;
  return page;
}

const boot = readRecordingBoot(pageWith({ id: "abc", file: "/r/abc.jsonl" }));

it("does with what the site gives it, and without a page of the site with nothing", () => {
  expect(boot).toMatchObject({ id: "abc", title: "A recording", owner: false, included: [] });
  expect(readRecordingBoot(pageWith({}))).toBeNull();
  expect(readRecordingBoot(document.implementation.createHTMLDocument())).toBeNull();
});

test("when it was made is said in words", () => {
  expect(madeWords("2026-11-23T12:05:00Z")).toBe("23 November 2026, 12:05 UTC");
  expect(madeWords("")).toBe("");
});

test("the engine that it was made on is said with what matters of its version", () => {
  const real = { kind: "docker", name: "Docker Engine", simulated: false } as const;
  expect(engineWords({ ...real, version: "20.10.24+dfsg1" })).toBe("Docker Engine 20.10.24");
  const ours = { kind: "embedded", name: "Embedded engine", version: "1" } as const;
  expect(engineWords({ ...ours, simulated: true })).toBe("Embedded engine (simulated userland)");
});

it("can be gone on from when it carries the files of its newest build", () => {
  if (!boot) throw new Error("no boot");
  const { lab, build } = opened();
  expect(forkReason(lab.scene, boot)).toMatch(/Nothing is built/);
  build();
  expect(forkReason(lab.scene, boot)).toMatch(/without the files/);
  const included = lab.scene.builds.flatMap(({ files }) => files.map(({ sha256 }) => sha256));
  expect(forkReason(lab.scene, { ...boot, included })).toBe("");
});

it("has the moment at which it stands in its address, and none at its beginning", () => {
  vi.useFakeTimers();
  const page = opened();
  page.build();
  const timeline = new Timeline((work) => work());
  timeline.add(page.lab.snapshot.events);
  const playback = new Playback(timeline, { schedule: (work) => work() });
  history.replaceState(null, "", "/r/abc/");
  const address = new Address(playback, BEGINNING);
  address.loaded();
  playback.seek(4);
  playback.seek(5);
  expect(location.hash).toBe("");
  vi.runAllTimers();
  expect(location.hash).toBe("#t=e5");
  history.replaceState(null, "", "#t=e3");
  window.dispatchEvent(new Event("hashchange"));
  expect(playback.state.position).toBe(3);
  playback.toStart();
  vi.runAllTimers();
  expect(location.hash).toBe("");
  address.close();
  playback.seek(4);
  vi.runAllTimers();
  expect(location.hash).toBe("");
  vi.useRealTimers();
});
