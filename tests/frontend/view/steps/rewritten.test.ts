// @vitest-environment jsdom
import { render, screen } from "@testing-library/svelte";
import { expect, test } from "vitest";

import Rewritten from "@/view/steps/detective/Rewritten.svelte";

test("an instruction is shown as it was and as it is, with the words that went and came", async () => {
  render(Rewritten, { before: "RUN make all", after: "RUN make test" });
  expect((await screen.findByText("test")).tagName).toBe("INS");
  expect(screen.getByText("all").tagName).toBe("DEL");
  const lines = screen.getByRole("group").querySelectorAll("p");
  expect([...lines].map((line) => line.textContent?.replace(/\s+/g, " ").trim())).toEqual([
    "before RUN make all",
    "now RUN make test",
  ]);
});
