// @vitest-environment jsdom
import { fireEvent, render, screen } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";

import type { EngineInfo } from "@/events/generated";
import EngineSheet from "@/view/help/EngineSheet.svelte";
import SimulatedSheet from "@/view/help/SimulatedSheet.svelte";
import EngineBadge from "@/view/stage/EngineBadge.svelte";

const DOCKER: EngineInfo = {
  kind: "docker",
  name: "Docker Engine",
  version: "20.10.24",
  simulated: false,
};
const EMBEDDED: EngineInfo = {
  kind: "embedded",
  name: "Embedded engine",
  version: "1",
  simulated: true,
};

// jsdom has the element and not what it does.
HTMLDialogElement.prototype.showModal ??= function (this: HTMLDialogElement) {
  this.open = true;
};
HTMLDialogElement.prototype.close ??= function (this: HTMLDialogElement) {
  this.open = false;
};

describe("the badge", () => {
  it.each([
    [DOCKER, "Docker Engine 20.10.24: about this engine"],
    [EMBEDDED, "Embedded engine (simulated userland): what is simulated here"],
  ] as const)("names the engine and tells more when it is pressed", async (engine, name) => {
    const onexplain = vi.fn();
    render(EngineBadge, { engine, live: true, onexplain });
    const button = screen.getByRole("button");
    expect(button.textContent.replaceAll("\u00a0", " ").trim()).toBe(name);
    await fireEvent.click(button);
    expect(onexplain).toHaveBeenCalledOnce();
  });

  it("is no button where there is nothing more to tell", () => {
    render(EngineBadge, { engine: DOCKER, live: true });
    expect(screen.queryByRole("button")).toBeNull();
    expect(screen.getByText(/Docker Engine 20\.10\.24/)).toBeTruthy();
  });
});

describe("what the badge opens", () => {
  const why = "It answered when the site was started.";

  it("says of a Docker Engine whose it is, how safe, and why it was taken", () => {
    const offer = {
      kind: "docker",
      title: "Docker Engine 20.10.24, the one of this computer",
      about: "It is not sandboxed: build only what you trust.",
      why,
    };
    const { container } = render(EngineSheet, { offer, onclose: vi.fn() });
    const said = container.textContent.replace(/\s+/g, " ");
    expect(said).toContain(`${offer.title}. ${offer.about} ${why}`);
  });

  it("says of the embedded one why it was taken", () => {
    const { container } = render(SimulatedSheet, { why, onclose: vi.fn() });
    expect(container.textContent).toContain(why);
  });
});
