// @vitest-environment jsdom
import { fireEvent, render, screen } from "@testing-library/svelte";
import { createRawSnippet } from "svelte";
import { describe, expect, it, vi } from "vitest";

import Button from "@/view/parts/Button.svelte";
import Copyable from "@/view/parts/Copyable.svelte";
import Words from "@/view/parts/Words.svelte";

import { eventually } from "../../eventually";

const word = (text: string) => createRawSnippet(() => ({ render: () => `<span>${text}</span>` }));

describe("a button", () => {
  it("that is off stays reachable, tells why, and does nothing", async () => {
    const onclick = vi.fn();
    render(Button, { reason: "There is no image yet.", onclick, children: word("Run") });
    const button = screen.getByRole("button", { name: "Run" });
    await fireEvent.click(button);
    expect(onclick).not.toHaveBeenCalled();
    expect([button.hasAttribute("disabled"), button.getAttribute("aria-disabled")]).toEqual([
      false,
      "true",
    ]);
    const why = document.getElementById(button.getAttribute("aria-describedby") ?? "");
    expect(why?.textContent).toBe("There is no image yet.");
  });

  it("puts its tooltip away on Escape", async () => {
    render(Button, { tip: "docker stop web", children: word("Stop") });
    const tip = screen.getByText("docker stop web");
    await fireEvent.pointerEnter(screen.getByRole("presentation"), { pointerType: "mouse" });
    expect(tip.classList.contains("shown")).toBe(true);
    await fireEvent.keyDown(screen.getByRole("button"), { key: "Escape" });
    expect(tip.classList.contains("shown")).toBe(false);
  });
});

describe("a copyable text", () => {
  it("says when it is copied, and what to do when it cannot be", async () => {
    const writeText = vi.fn().mockResolvedValueOnce(undefined).mockRejectedValueOnce(new Error());
    vi.stubGlobal("navigator", { clipboard: { writeText } });
    render(Copyable, { text: "sha256:abc", shown: "abc", what: "the digest" });
    const button = screen.getByRole("button", { name: "Copy the digest" });
    await fireEvent.click(button);
    await eventually(() => expect(screen.getByRole("status").textContent).toBe("Copied"));
    expect(writeText).toHaveBeenCalledWith("sha256:abc");
    await fireEvent.click(button);
    await eventually(() =>
      expect(screen.getByRole("status").textContent).toContain("copy it by hand"),
    );
  });
});

describe("words with code in them", () => {
  it("set as code what stands between backticks, and nothing as markup", () => {
    const { container } = render(Words, { text: "`apt-get` cannot <b>install</b> with ` alone" });
    expect([...container.querySelectorAll("code")].map((code) => code.textContent)).toEqual([
      "apt-get",
    ]);
    expect(container.textContent).toBe("apt-get cannot <b>install</b> with ` alone");
  });
});
