// @vitest-environment jsdom
import { describe, expect, it } from "vitest";

import { readFrontBoot } from "@/view/front/boot";
import { captionOf } from "@/view/player/caption";

import { buildTape } from "../stage/tape";

function pageWith(boot: string): Document {
  const page = document.implementation.createHTMLDocument();
  const script = page.createElement("script");
  script.id = "boot";
  script.type = "application/json";
  script.textContent = boot;
  page.body.append(script);
  return page;
}

describe("the front page's boot data", () => {
  it("is what the server wrote", () => {
    const told = {
      csrf: "c",
      recording: "/r.jsonl",
      labs: "/x/",
      engines: [{ kind: "docker", title: "Docker Engine", about: "It is real." }],
      why: "It answered.",
    };
    expect(readFrontBoot(pageWith(JSON.stringify(told)))).toEqual(told);
  });

  it.each(["", "null", "{", '{"recording":null,"csrf":3}'])(
    "does without what is not there: %s",
    (text) => {
      const nothing = { csrf: "", recording: null, labs: "/labs/", engines: [], why: "" };
      expect(readFrontBoot(pageWith(text))).toEqual(nothing);
    },
  );
});

it("the caption is a sentence of the last thing that is no output", () => {
  const tape = buildTape(1).add({ type: "step.started", build: 1, step: 2 });
  const said = captionOf(tape.events, tape.events.length);
  tape.add({ type: "step.output", build: 1, step: 2, stream: "stdout", text: "noise" });
  expect(said).toMatch(/^Step 2 began/);
  expect(captionOf(tape.events, tape.events.length)).toBe(said);
});
