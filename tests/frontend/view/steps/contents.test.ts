import { describe, expect, it } from "vitest";

import { ApiProblem, problemOf, type ReadFile } from "@/view/lab/api";
import { KeptContents } from "@/view/steps/detective/contents";

const text = (content: string): ReadFile => ({ text: content, binary: false, truncated: false });

/** Contents that are answered by these in turn, and what was asked for. */
function answering(...answers: (ReadFile | Error)[]): { contents: KeptContents; asked: string[] } {
  const asked: string[] = [];
  const contents = new KeptContents((sha256) => {
    asked.push(sha256);
    const answer = answers.shift() ?? new Error("asked too often");
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });
  return { contents, asked };
}

describe("the content of a file of a build", () => {
  it("is asked for once", async () => {
    const { contents, asked } = answering(text("1"));
    expect(await contents.of("aa")).toEqual({ text: "1" });
    expect(await contents.of("aa")).toEqual({ text: "1" });
    expect(asked).toEqual(["aa"]);
  });

  it("that is no text is said to be none", async () => {
    const { contents } = answering({ text: "", binary: true, truncated: false });
    expect(await contents.of("aa")).toMatchObject({ problem: expect.stringMatching(/no text/) });
  });

  it("that was cut is not compared as if it were whole", async () => {
    const { contents } = answering({ text: "a", binary: false, truncated: true });
    expect(await contents.of("aa")).toMatchObject({ problem: expect.stringMatching(/too large/) });
  });

  it("that is not kept any more is said to be gone, and is not asked for again", async () => {
    const { contents, asked } = answering(
      new ApiProblem(problemOf({ code: "file-not-kept" }, 404)),
    );
    const found = await contents.of("aa");
    expect(found).toEqual({ problem: expect.stringMatching(/not kept/), again: false });
    await contents.of("aa");
    expect(asked).toHaveLength(1);
  });

  it("that did not arrive can be asked for again", async () => {
    const { contents } = answering(new TypeError("network"), text("2"));
    expect(await contents.of("aa")).toMatchObject({ again: true });
    expect(await contents.of("aa")).toEqual({ text: "2" });
  });
});
