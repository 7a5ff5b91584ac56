// @vitest-environment jsdom
/** A live embed before and while its lab is opened. */
import { fireEvent, render, screen } from "@testing-library/svelte";
import { expect, it, vi } from "vitest";

import { ApiProblem } from "@/view/lab/api";
import { start, type EmbedBoot } from "@/view/embed-lab/start";
import StartPage from "@/view/embed-lab/StartPage.svelte";

import { settled } from "../clock";

const embed: EmbedBoot = {
  recipe: "hello-layers",
  title: "Your first layers",
  about: "Build it.",
  files: [{ path: "Dockerfile", text: "FROM busybox\n" }],
  open: "/embed/lab/open",
};
const boot = { lab: "x", role: "owner", ws: "/ws/labs/x/", key: "k:s", framed: true };

function answering(body: unknown, status = 200) {
  return vi.fn(() => Promise.resolve(Response.json(body, { status })));
}

it("opens the lab without any cookie, and has its key", async () => {
  const fetcher = answering(boot);
  const opened = await start(embed, fetcher as unknown as typeof fetch);
  expect(opened).toMatchObject({ lab: "x", key: "k:s", framed: true, role: "owner" });
  const [path, init] = fetcher.mock.calls[0] as unknown as [string, RequestInit];
  expect(path).toBe("/embed/lab/open");
  expect(init.credentials).toBe("omit");
  expect(JSON.parse(String(init.body))).toEqual({ recipe: "hello-layers" });
});

it("rejects with the site’s words", async () => {
  const refused = answering({ title: "Too many labs." }, 429) as unknown as typeof fetch;
  await expect(start(embed, refused)).rejects.toThrow("Too many labs.");
  const silent = (() => Promise.reject(new TypeError("offline"))) as typeof fetch;
  await expect(start(embed, silent)).rejects.toBeInstanceOf(ApiProblem);
});

it("asks for nothing before Start is pressed, and says what went wrong after", async () => {
  const fetcher = answering({ title: "Too many labs.", why: "A limit.", try: "Wait." }, 429);
  vi.stubGlobal("fetch", fetcher);
  const onopen = vi.fn();
  render(StartPage, { embed, onopen });
  expect(screen.getByText("FROM busybox")).toBeTruthy();
  expect(fetcher).not.toHaveBeenCalled();
  await fireEvent.click(screen.getByRole("button", { name: "Start the lab" }));
  await settled();
  expect(screen.getByRole("alert").textContent).toContain("Too many labs. A limit. Wait.");
  expect(onopen).not.toHaveBeenCalled();
  vi.unstubAllGlobals();
});
