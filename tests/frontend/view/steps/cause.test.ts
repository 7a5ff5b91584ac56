// @vitest-environment jsdom
import { fireEvent, render, screen } from "@testing-library/svelte";
import { expect, test, vi } from "vitest";

import { findings } from "@/scene/cache";
import { savedMs } from "@/scene/detective";
import { buildOf } from "@/scene/lookup";
import { fold } from "@/scene/reduce";
import Cause from "@/view/steps/detective/Cause.svelte";
import { KeptContents } from "@/view/steps/detective/contents";

import { story } from "../../tapes/golden";
import { hex } from "../../tapes/maker";

/** What is shown of a step of the story's second build, in which a line of app.py is another one. */
function show(step: number, kept: Readonly<Record<string, string>> = {}) {
  const scene = fold(story());
  const build = buildOf(scene, 2);
  const finding = build && findings(scene, build).get(step);
  const found = build?.steps[step - 1];
  if (!build || !found || !finding) throw new Error("the story has a second build");
  const onshowstep = vi.fn();
  const contents = new KeptContents((sha256) => {
    const text = kept[sha256];
    return text === undefined
      ? Promise.reject(new Error("not there"))
      : Promise.resolve({ text, binary: false, truncated: false });
  });
  const earlier = buildOf(scene, finding.against);
  const saved = savedMs(scene, build, found);
  render(Cause, { step: found, build, finding, earlier, savedMs: saved, contents, onshowstep });
  return { onshowstep, build, earlier };
}

function kept(): Record<string, string> {
  const scene = fold(story());
  const texts = ["one\ntwo\n", "one\n2\n"];
  return Object.fromEntries(
    scene.builds.map((build, at) => {
      const file = build.files.find(({ path }) => path === "app.py");
      return [file?.sha256 ?? hex(""), texts[at] ?? ""];
    }),
  );
}

test("a file that changed is shown with its difference", async () => {
  show(3, kept());
  expect(
    screen.getByText(/It ran because files that it copies changed: app\.py modified/),
  ).toBeTruthy();
  expect(screen.getByText("Compared with build 1.")).toBeTruthy();
  const difference = await screen.findByRole("group", { name: "Difference of app.py" });
  expect(difference.textContent).toContain("before: two");
  expect(difference.textContent).toContain("now: 2");
});

test("a difference can be put away and brought back", async () => {
  show(3, kept());
  const button = screen.getByRole("button", { name: /app\.py/ });
  await screen.findByRole("group", { name: "Difference of app.py" });
  await fireEvent.click(button);
  expect(button.getAttribute("aria-expanded")).toBe("false");
  expect(screen.queryByRole("group", { name: "Difference of app.py" })).toBeNull();
  await fireEvent.click(button);
  expect(await screen.findByRole("group", { name: "Difference of app.py" })).toBeTruthy();
});

test("contents that do not arrive are said so, and can be asked for again", async () => {
  const texts = {} as Record<string, string>;
  show(3, texts);
  const again = await screen.findByRole("button", { name: "Try again" });
  Object.assign(texts, kept());
  await fireEvent.click(again);
  expect(await screen.findByRole("group", { name: "Difference of app.py" })).toBeTruthy();
});

test("an earlier step that caused it is a click away", async () => {
  const { onshowstep } = show(4);
  await fireEvent.click(screen.getByRole("button", { name: "Show step 3" }));
  expect(onshowstep).toHaveBeenCalledWith(3);
});

test("a step from the cache tells what that saved", () => {
  show(2);
  expect(screen.getByText(/^From the cache/)).toBeTruthy();
  expect(screen.getByText(/It took 12 ms when it last ran; that was saved\./)).toBeTruthy();
});
