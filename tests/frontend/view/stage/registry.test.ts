// @vitest-environment jsdom
import { fireEvent, render, screen, within } from "@testing-library/svelte";
import { tick } from "svelte";
import { beforeAll, describe, expect, it, vi } from "vitest";

import type { AnyEvent } from "@/events/generated";
import { fold } from "@/scene/reduce";
import type { StageActions } from "@/view/stage/actions";
import Stage from "@/view/stage/Stage.svelte";

import { built, halfPushed, NAME, registry } from "../../tapes/registry";

beforeAll(() => {
  // jsdom has no media queries.
  vi.stubGlobal("matchMedia", () => ({ matches: true }));
  Element.prototype.scrollIntoView = scrolled;
});

const scrolled = vi.fn();

function stage(tape: readonly AnyEvent[], actions?: Partial<StageActions>, onselect = vi.fn()) {
  return render(Stage, {
    scene: fold(tape),
    focusImage: null,
    selected: null,
    live: true,
    onselect,
    ...(actions ? { actions: actions as StageActions } : {}),
  });
}

const upTo = (type: AnyEvent["type"]): AnyEvent[] => {
  const tape = registry();
  return tape.slice(0, tape.findIndex((event) => event.type === type) + 1);
};
const shelf = () => screen.getByRole("region", { name: "Registry" });
const blobs = () =>
  within(within(shelf()).getByRole("list", { name: /Layers of this/ }))
    .getAllByRole("listitem")
    .map((item) => item.textContent.replace(/\s+/g, " ").trim());

describe("the registry's shelf", () => {
  it("is not there before anything was pushed", () => {
    stage(built().tape.events);
    expect(screen.queryByRole("region", { name: "Registry" })).toBeNull();
  });

  it("shows a push blob by blob, each with its instruction, a word and a bar", () => {
    stage(halfPushed().tape.events);
    expect(shelf().textContent).toMatch(/Pushing registry\.lab\/my-app:1\.0/);
    expect(blobs()).toEqual([
      "RUN make small sent, 2 B",
      "RUN make big 5 MB of 21 MB",
      "FROM busybox already exists",
    ]);
    const bars = within(shelf()).getAllByRole("progressbar");
    expect(bars.map((bar) => (bar as HTMLProgressElement).value.toFixed(2))).toEqual(["0.24"]);
  });

  it("comes into view for who begins a push, and stays where it is in a recording", async () => {
    scrolled.mockClear();
    const { unmount } = stage(halfPushed().tape.events);
    await tick();
    expect(scrolled).not.toHaveBeenCalled();
    unmount();
    stage(halfPushed().tape.events, {});
    await tick();
    expect(scrolled.mock.contexts).toEqual([shelf()]);
  });

  it("marks what existed with an icon beside the word", () => {
    stage(halfPushed().tape.events);
    const row = within(shelf()).getByText("already exists");
    expect(row.querySelector("svg")).not.toBeNull();
  });

  it("keeps what was pushed, with its digest, layers and size", () => {
    stage(upTo("image.pushed"));
    const item = within(shelf()).getByText("my-app:1.0").closest("li");
    expect(item?.textContent).toMatch(/3 layers · 23 MB/);
    expect(item?.textContent).not.toMatch(/not in the lab/);
  });

  it("says of a removed image that only the registry has it", () => {
    stage(upTo("image.removed"));
    const item = within(shelf()).getByText("my-app:1.0").closest("li");
    expect(item?.textContent).toMatch(/not in the lab/);
  });

  it("pulls what it is asked for, and shows the command", async () => {
    const pull = vi.fn();
    stage(upTo("image.removed"), { pull });
    const button = screen.getByRole("button", { name: /^Pull my-app:1\.0/ });
    expect(within(shelf()).getByText(`docker pull ${NAME}`)).toBeTruthy();
    await fireEvent.click(button);
    expect(pull).toHaveBeenCalledExactlyOnceWith(NAME);
  });

  it("lets one transfer end before the next begins", async () => {
    const pull = vi.fn();
    const tape = registry();
    const second = tape.findIndex(
      (event) => event.type === "transfer.started" && event.transfer === 2,
    );
    stage(tape.slice(0, second + 1), { pull });
    await fireEvent.click(screen.getByRole("button", { name: /^Pull my-app:1\.0/ }));
    expect(pull).not.toHaveBeenCalled();
    expect(within(shelf()).getByText("One push or pull at a time.")).toBeTruthy();
  });

  it("brings the image that was pushed onto the stage", async () => {
    const onselect = vi.fn();
    const tape = upTo("image.pushed");
    stage(tape, undefined, onselect);
    await fireEvent.click(within(shelf()).getByRole("button", { name: "my-app:1.0" }));
    expect(onselect).toHaveBeenCalledWith("image", fold(tape).images[0]?.digest);
  });

  it("tells why a transfer failed and what to try", () => {
    stage(upTo("transfer.failed"));
    const why = within(shelf()).getByRole("group", { name: "Why the pull failed" });
    expect(why.textContent).toMatch(/has no image/);
    expect(why.textContent).toMatch(/push the image first/);
  });

  it("has no buttons in a recording", () => {
    stage(upTo("image.removed"));
    expect(screen.queryByRole("button", { name: /^Pull/ })).toBeNull();
  });
});

describe("an image on the stage", () => {
  it("can be pushed", async () => {
    const push = vi.fn();
    const { tape, image } = built();
    stage(tape.events, { push });
    await fireEvent.click(screen.getByRole("button", { name: /^Push… the image/ }));
    expect(push).toHaveBeenCalledExactlyOnceWith(image);
  });
});
