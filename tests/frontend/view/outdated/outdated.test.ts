// @vitest-environment jsdom
/** A page whose site was built anew under it says so, once, and only when that is the cause. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { watchForUpdates } from "@/view/outdated/outdated";

import { settled } from "../clock";

const ENTRY = "http://localhost:3000/static/assets/lab-abc.js";
let fetcher = vi.fn();
const watching: [string, EventListenerOrEventListenerObject][] = [];

beforeEach(() => {
  document.body.innerHTML = `<script type="module" src="/static/assets/lab-abc.js"></script>`;
  const add = window.addEventListener.bind(window);
  vi.spyOn(window, "addEventListener").mockImplementation((type: string, listener, options) => {
    watching.push([type, listener]);
    add(type, listener, options);
  });
});

afterEach(() => {
  for (const [type, listener] of watching.splice(0)) window.removeEventListener(type, listener);
});

/** A part cannot be fetched, and the page's own script is answered for so. */
async function miss(answer: () => Promise<Response>): Promise<void> {
  fetcher = vi.fn(answer);
  watchForUpdates(document, undefined, fetcher as unknown as typeof fetch);
  window.dispatchEvent(new Event("vite:preloadError", { cancelable: true }));
  await settled();
}

const notice = () => document.querySelector('[role="alert"]');
const status = (code: number) => () => Promise.resolve(new Response(null, { status: code }));

it("says what happened and what to try when even the page’s own script is gone", async () => {
  await miss(status(404));
  expect(fetcher).toHaveBeenCalledWith(ENTRY, { method: "HEAD", cache: "no-store" });
  expect(notice()?.textContent).toContain("Layercake was updated.");
  expect(notice()?.querySelector("button")?.textContent).toBe("Reload the page");
});

it("says it once, however many parts are missing", async () => {
  await miss(status(404));
  window.dispatchEvent(new Event("vite:preloadError"));
  window.dispatchEvent(new Event("vite:preloadError"));
  await settled();
  expect(document.querySelectorAll(".outdated")).toHaveLength(1);
});

it("does not take a lost connection or a part that fails alone for an update", async () => {
  await miss(() => Promise.reject(new TypeError("offline")));
  expect(notice()).toBeNull();
  await miss(status(200));
  expect(notice()).toBeNull();
  await miss(status(503));
  expect(notice()).toBeNull();
});

it("leaves the failure to whoever asked for the part", async () => {
  watchForUpdates(document, undefined, status(404));
  const event = new Event("vite:preloadError", { cancelable: true });
  window.dispatchEvent(event);
  expect(event.defaultPrevented).toBe(false);
  await settled();
});

it("says in its own words what is lost where something is", async () => {
  watchForUpdates(document, "Reloading begins a lab anew.", status(404));
  window.dispatchEvent(new Event("vite:preloadError"));
  await settled();
  expect(notice()?.textContent).toContain("Reloading begins a lab anew.");
});
