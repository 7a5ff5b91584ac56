// @vitest-environment jsdom
import { render, screen } from "@testing-library/svelte";
import { expect, it } from "vitest";

import { append, NO_OUTPUT } from "@/scene/output";
import OutputText from "@/view/containers/OutputText.svelte";

const log = () => screen.getByRole("log", { name: "Log of web" });

it("hostile output is shown as the text that it is", () => {
  const output = append(NO_OUTPUT, 1, "stdout", "<img src=x onerror=alert(1)>\u001b[31m\u202e");
  render(OutputText, { output, label: "Log of web" });
  expect(log().textContent).toContain("<img src=x onerror=alert(1)>‹U+202E›");
  expect(log().querySelector("img")).toBeNull();
});

it("standard error is told apart in words, not by colour alone", () => {
  const output = append(NO_OUTPUT, 1, "stderr", "oops\n");
  render(OutputText, { output, label: "Log of web" });
  expect(log().textContent).toMatch(/stderr:\s*oops/);
});

it("says when nothing was written, and when a limit cut the rest", async () => {
  const { rerender } = render(OutputText, {
    output: NO_OUTPUT,
    label: "Log of web",
    empty: "Nothing written yet.",
  });
  expect(log().textContent).toContain("Nothing written yet.");
  await rerender({ output: { ...append(NO_OUTPUT, 1, "stdout", "a"), truncated: true } });
  expect(log().textContent).toContain("the limit was reached");
});
