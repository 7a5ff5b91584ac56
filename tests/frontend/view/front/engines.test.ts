// @vitest-environment jsdom
import { render, screen } from "@testing-library/svelte";
import { beforeAll, describe, expect, it, vi } from "vitest";

import Front from "@/view/front/Front.svelte";
import { readOffers, type Offer } from "@/view/front/offers";

beforeAll(() => {
  // jsdom has no media queries.
  const media = { matches: false, addEventListener() {}, removeEventListener() {} };
  vi.stubGlobal("matchMedia", () => media);
});

const DOCKER: Offer = {
  kind: "docker",
  title: "Docker Engine 20.10.24, the one of this computer",
  about: "It is not sandboxed: build only what you trust.",
};
const EMBEDDED: Offer = {
  kind: "embedded",
  title: "Embedded engine",
  about: "Ready at once, and alike everywhere.",
};
const WHY = "It answered when the site was started.";

function front(...engines: Offer[]) {
  const boot = { csrf: "token", recording: null, labs: "/labs/", engines, why: WHY };
  return render(Front, { boot }).container.textContent.replace(/\s+/g, " ");
}

describe("the front page", () => {
  it("lets choose between the engines on offer, the usual one chosen", () => {
    front(DOCKER, EMBEDDED);
    const choices = screen.getAllByRole<HTMLInputElement>("radio");
    expect(choices.map((each) => [each.name, each.value, each.checked])).toEqual([
      ["engine", "docker", true],
      ["engine", "embedded", false],
    ]);
    expect(choices.every((each) => each.form?.getAttribute("action") === "/labs/")).toBe(true);
    expect(screen.getByRole("group", { name: "Open it on" })).toBeTruthy();
  });

  it("says of each choice what it is", () => {
    front(DOCKER, EMBEDDED);
    const said = screen
      .getAllByRole("radio")
      .map((each) => document.getElementById(each.getAttribute("aria-describedby") ?? ""));
    expect(said.map((each) => each?.textContent)).toEqual([DOCKER.about, EMBEDDED.about]);
  });

  it.each([DOCKER, EMBEDDED])("asks nothing where there is one: $kind", (offer) => {
    front(offer);
    expect(screen.queryByRole("radio")).toBeNull();
  });

  it("says which engine is the usual one here, and why", () => {
    const said = front(DOCKER, EMBEDDED);
    expect(said).toContain(`${DOCKER.title}. ${DOCKER.about}`);
    expect(said.match(new RegExp(WHY, "g"))).toHaveLength(1);
    expect(said).toContain("The programs inside containers are simulated");
    expect(said).not.toContain("no Docker");
  });

  it("says so of the embedded one too", () => {
    const said = front(EMBEDDED);
    expect(said).toContain("A lab runs on an embedded engine.");
    expect(said).toContain(WHY);
    expect(said).toContain("No account, no Docker, nothing to install.");
  });

  it("does not claim a simulation where nothing is simulated", () => {
    expect(front(DOCKER)).not.toMatch(/simulated|embedded/);
  });

  it("stands also when the server told nothing of engines", () => {
    expect(front()).toContain("A lab runs on an embedded engine.");
  });
});

it.each([undefined, null, {}, [null], [3], [{ kind: "docker" }]])(
  "offers that are not whole are left out: %j",
  (raw) => {
    expect(readOffers(raw)).toEqual([]);
    expect(readOffers([raw, { ...DOCKER, more: 1 }])).toEqual([DOCKER]);
  },
);
