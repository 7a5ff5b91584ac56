// @vitest-environment jsdom
/** Taking a lab over: the key leaves the address at once, is posted once, and refusals are in words. */
import { fireEvent, render, screen } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { readTakeOver, takeKey } from "@/view/take-over/take-over";
import TakeOverPage from "@/view/take-over/TakeOverPage.svelte";

import { eventually } from "../../eventually";

const boot = {
  lab: "/lab/x/",
  take: "/api/labs/x/owner",
  own: false,
  files: [{ path: "Dockerfile", text: "FROM busybox\n" }],
  csrf: "token",
};

beforeEach(() => {
  history.replaceState(null, "", "/lab/x/take/");
});

afterEach(() => {
  vi.unstubAllGlobals();
});

function answering(body: unknown, status = 200) {
  const fetcher = vi.fn((..._: Parameters<typeof fetch>) =>
    Promise.resolve(Response.json(body, { status })),
  );
  vi.stubGlobal("fetch", fetcher);
  return fetcher;
}

const press = () => fireEvent.click(screen.getByRole("button", { name: "Make it mine" }));

it("takes the key out of the address, and nothing of it stays there", () => {
  location.hash = "#name%3Asigned";
  expect(takeKey(window)).toBe("name:signed");
  expect(location.href).not.toContain("#");
  expect(location.pathname).toBe("/lab/x/take/");
  expect(takeKey(window)).toBeNull();
  location.hash = "#%E0%A4%A";
  expect(takeKey(window)).toBe("%E0%A4%A");
});

it("reads what the site gave it, and does without a page of the site", () => {
  const page = document.implementation.createHTMLDocument();
  expect(readTakeOver(page)).toBeNull();
  page.body.innerHTML = `<script id="boot" type="application/json">${JSON.stringify(boot)}</script>`;
  expect(readTakeOver(page)).toEqual(boot);
});

it("posts the key when it is wanted and not before, then goes to the lab", async () => {
  const fetcher = answering({ address: "/lab/x/" });
  const go = vi.fn();
  render(TakeOverPage, { boot, key: "name:signed", go });
  expect(screen.getByText("FROM busybox")).toBeTruthy();
  expect(fetcher).not.toHaveBeenCalled();
  await press();
  await eventually(() => expect(go).toHaveBeenCalledWith("/lab/x/"));
  expect(fetcher).toHaveBeenCalledTimes(1);
  const [path, init] = fetcher.mock.calls[0] ?? [];
  expect(path).toBe("/api/labs/x/owner");
  expect(init).toMatchObject({ method: "POST", headers: { "x-csrftoken": "token" } });
  expect(JSON.parse(init?.body as string)).toEqual({ key: "name:signed" });
});

it("says that whoever sent the address goes on watching", () => {
  render(TakeOverPage, { boot, key: "name:signed", go: vi.fn() });
  const care = screen.getByRole("region", { name: "Did somebody send you this address?" });
  expect(care.textContent).toContain("they can go on watching");
});

it("says why it cannot be, and can be tried again", async () => {
  answering({ title: "You have 50 labs already.", why: "A limit.", try: "Delete one." }, 429);
  const go = vi.fn();
  render(TakeOverPage, { boot, key: "name:signed", go });
  await press();
  await eventually(() =>
    expect(screen.getByRole("alert").textContent).toContain("You have 50 labs already. A limit."),
  );
  answering({ address: "/lab/x/" });
  await press();
  await eventually(() => expect(go).toHaveBeenCalledWith("/lab/x/"));
});

it("without a key offers to watch, and says where the key comes from", () => {
  render(TakeOverPage, { boot, key: null, go: vi.fn() });
  expect(screen.getByRole("alert").textContent).toContain("This address is not complete.");
  expect(screen.queryByRole("button", { name: "Make it mine" })).toBeNull();
  expect(screen.getByRole("link", { name: "Only watch it" }).getAttribute("href")).toBe("/lab/x/");
});
