import { describe, expect, it } from "vitest";

import { Diagnoser, questionAbout, type Answer, type Question } from "@/view/editor/diagnose";

import { Deferred, HandClock, settled } from "../clock";

const dockerfile = (text: string) => [{ path: "Dockerfile", text }];

function setUp() {
  const clock = new HandClock();
  const asked: { question: Question; signal: AbortSignal; answer: Deferred<Answer> }[] = [];
  const diagnoser = new Diagnoser(
    (question, signal) => {
      const answer = new Deferred<Answer>();
      asked.push({ question, signal, answer });
      return answer.promise;
    },
    250,
    clock,
  );
  return { clock, asked, diagnoser };
}

const found = (title: string): Answer => ({
  diagnoses: [
    { code: "x", severity: "error", title, why: "", try: "", line: 1, line_end: null, fix: null },
  ],
  plan: null,
});

describe("asking what is wrong while it is typed", () => {
  it("asks once, a moment after the last key", async () => {
    const { clock, asked, diagnoser } = setUp();
    diagnoser.changed(dockerfile("F"));
    await clock.pass(200);
    diagnoser.changed(dockerfile("FROM x"));
    await clock.pass(249);
    expect(asked).toHaveLength(0);
    await clock.pass(1);
    expect(asked.map((each) => each.question.dockerfile)).toEqual(["FROM x"]);
  });

  it("drops an answer to an older text, and calls its question off", async () => {
    const { clock, asked, diagnoser } = setUp();
    diagnoser.changed(dockerfile("old"));
    await clock.pass(250);
    diagnoser.changed(dockerfile("new"));
    await clock.pass(250);
    asked[1]?.answer.resolve(found("about the new"));
    await settled();
    asked[0]?.answer.resolve(found("about the old"));
    await settled();
    expect(asked[0]?.signal.aborted).toBe(true);
    expect(diagnoser.findings.diagnoses[0]?.title).toBe("about the new");
    expect(diagnoser.findings.fresh).toBe(true);
  });

  it("keeps the last findings on the screen, not fresh, until the next answer", async () => {
    const { clock, asked, diagnoser } = setUp();
    diagnoser.changed(dockerfile("one"));
    await clock.pass(250);
    asked[0]?.answer.resolve(found("one"));
    await settled();
    diagnoser.changed(dockerfile("two"));
    expect(diagnoser.findings).toMatchObject({ fresh: false, diagnoses: [{ title: "one" }] });
  });

  it("does not ask the same twice, but again after a failure", async () => {
    const { clock, asked, diagnoser } = setUp();
    diagnoser.changed(dockerfile("one"));
    await clock.pass(250);
    diagnoser.changed(dockerfile("one"));
    await clock.pass(250);
    expect(asked).toHaveLength(1);
    asked[0]?.answer.reject(new Error("The site is busy."));
    await settled();
    expect(diagnoser.findings.trouble).toBe("The site is busy.");
    diagnoser.changed(dockerfile("one"));
    await clock.pass(250);
    expect(asked).toHaveLength(2);
  });

  it("finds nothing when there is no Dockerfile", async () => {
    const { clock, asked, diagnoser } = setUp();
    diagnoser.changed([{ path: "app.py", text: "" }]);
    await clock.pass(1000);
    expect(asked).toHaveLength(0);
    expect(diagnoser.findings.diagnoses).toEqual([]);
  });
});

it("the question names every file with its size, and the .dockerignore", () => {
  expect(
    questionAbout([...dockerfile("FROM x"), { path: ".dockerignore", text: "*.pyc" }]),
  ).toEqual({
    dockerfile: "FROM x",
    files: [
      { path: "Dockerfile", size: 6 },
      { path: ".dockerignore", size: 5 },
    ],
    dockerignore: "*.pyc",
  });
});
