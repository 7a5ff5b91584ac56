// @vitest-environment jsdom
import { describe, expect, it } from "vitest";

import { fold } from "@/scene/reduce";
import { aboutFile, questionFor } from "@/view/help/confirm";
import { namingCommand, namingProblem, namingWords } from "@/view/help/naming";
import { isTyping, shortcutOf, SHORTCUTS, type Key } from "@/view/help/shortcuts";
import { Tour, TOUR } from "@/view/help/tour";
import { rememberIn } from "@/view/lab/storage";

import { digest, file, TapeMaker } from "../../tapes/maker";

const key = (name: string, more: Partial<Key> = {}): Key => ({
  key: name,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...more,
});

/** What the sheet calls a key, and what the browser does. */
const NAMES: Record<string, string> = {
  Esc: "Escape",
  Space: " ",
  "←": "ArrowLeft",
  "→": "ArrowRight",
};

describe("shortcuts", () => {
  it("build from anywhere, also while typing", () => {
    expect(shortcutOf(key("Enter", { ctrlKey: true }), true)).toBe("build");
    expect(shortcutOf(key("Enter", { metaKey: true }), false)).toBe("build");
    expect(shortcutOf(key("Enter", { ctrlKey: true, repeat: true }), false)).toBeNull();
  });

  it("leave single keys to who types", () => {
    expect(shortcutOf(key("r"), true)).toBeNull();
    expect(shortcutOf(key("r"), false)).toBe("run");
    expect(shortcutOf(key("R"), false)).toBe("run");
    expect(shortcutOf(key("r", { isComposing: true }), false)).toBeNull();
  });

  it("leave the browser's own keys alone", () => {
    expect(shortcutOf(key("r", { ctrlKey: true }), false)).toBeNull();
    expect(shortcutOf(key("t", { metaKey: true }), false)).toBeNull();
    expect(shortcutOf(key("s", { altKey: true }), false)).toBeNull();
  });

  it("take brackets written with AltGr", () => {
    expect(shortcutOf(key("]", { ctrlKey: true, altKey: true }), false)).toBe("next");
  });

  it("can be switched off, but for help and close", () => {
    expect(shortcutOf(key("x"), false, false)).toBeNull();
    expect(shortcutOf(key("?"), false, false)).toBe("help");
    expect(shortcutOf(key("Escape"), false, false)).toBe("close");
    expect(shortcutOf(key("Enter", { ctrlKey: true }), false, false)).toBe("build");
  });

  it("are all on the help sheet, and the sheet tells the truth", () => {
    for (const row of SHORTCUTS) {
      for (const shown of row.keys.filter((each) => !each.startsWith("⌘"))) {
        const [last = "", ...held] = shown.split("+").toReversed();
        const pressed = key(NAMES[last] ?? last, {
          ctrlKey: held.includes("Ctrl"),
          shiftKey: held.includes("Shift"),
        });
        expect(shortcutOf(pressed, false)).toBe(row.shortcut);
      }
    }
  });

  it("know a field, the editor and a terminal from the rest of the page", () => {
    document.body.innerHTML = `<input><div class="cm-editor"><p id="in"></p></div><p id="out"></p>
      <div class="xterm"><textarea></textarea></div>`;
    expect(isTyping(document.querySelector("input"))).toBe(true);
    expect(isTyping(document.querySelector("#in"))).toBe(true);
    expect(isTyping(document.querySelector("textarea"))).toBe(true);
    expect(isTyping(document.querySelector("#out"))).toBe(false);
    expect(isTyping(null)).toBe(false);
  });
});

describe("the tour", () => {
  it("has three steps, and closes behind the last", () => {
    const tour = new Tour(rememberIn(() => undefined));
    expect(TOUR).toHaveLength(3);
    expect(tour.step).toBe(0);
    tour.back();
    expect(tour.step).toBe(0);
    for (let step = 0; step < TOUR.length; step += 1) tour.next();
    expect(tour.step).toBeNull();
  });

  it("never comes back once closed, but can be asked for", () => {
    const memory = rememberIn(() => undefined);
    new Tour(memory).close();
    const again = new Tour(memory);
    expect(again.step).toBeNull();
    again.replay();
    expect(again.step).toBe(0);
    expect(new Tour(memory).step).toBeNull();
  });

  it("goes on by itself when what a step asks for was done, and is closed for good behind the last", () => {
    const memory = rememberIn(() => undefined);
    const tour = new Tour(memory);
    const { maker, image } = lab();
    const built = fold(maker.events.slice(0, indexOf(maker, "container.created")));
    const ran = fold(maker.events);
    expect(tour.follow(fold([]), fold(maker.events.slice(0, 4)))).toBe(0);
    expect(tour.follow(fold([]), built)).toBe(1);
    expect(tour.follow(built, built)).toBe(1);
    expect(tour.follow(built, ran)).toBe(2);
    const inside = maker.container("third", image);
    maker.add({
      type: "exec.started",
      exec: "e1",
      container: inside,
      command: ["sh"],
      terminal: true,
    });
    expect(tour.follow(ran, fold(maker.events))).toBeNull();
    expect(new Tour(memory).step).toBeNull();
  });

  it("stays where the learner went back to, until it is done anew", () => {
    const tour = new Tour(rememberIn(() => undefined));
    const { scene } = lab();
    tour.follow(fold([]), scene);
    tour.back();
    tour.back();
    expect(tour.follow(scene, scene)).toBe(0);
  });
});

function indexOf(maker: TapeMaker, type: string): number {
  return maker.events.findIndex((event) => event.type === type);
}

function lab() {
  const maker = new TapeMaker().open();
  const image =
    maker.build({
      build: 1,
      files: [file("app.py", "")],
      work: [{ text: "FROM alpine", makes: "base", layers: [{ digest: digest("a"), size: 3 }] }],
    }) ?? "";
  const clean = maker.container("clean", image);
  const busy = maker.container("busy", image);
  maker.changes(busy, [
    { path: "/etc", kind: "modified", size: 0 },
    { path: "/etc/a", kind: "added", size: 1 },
    { path: "/etc/b", kind: "modified", size: 1 },
  ]);
  maker.exit(clean, 0, "completed");
  return { maker, image, clean, busy, scene: fold(maker.events) };
}

describe("before something is lost", () => {
  it("removing asks with what goes and what stays", () => {
    const { busy, scene } = lab();
    const question = questionFor({ type: "container.remove", container: busy, force: true }, scene);
    expect(question?.title).toBe("Remove the container busy?");
    expect(question?.lost.join(" ")).toMatch(/still running.*layer: \/etc\/b and \/etc\/a\./);
    expect(question?.kept.join(" ")).toMatch(/my-app:latest stays/);
    expect(question?.confirm).toBe("Stop and remove it");
  });

  it("a stopped container without changes goes without a question", () => {
    const { clean, scene } = lab();
    expect(questionFor({ type: "container.remove", container: clean }, scene)).toBeNull();
  });

  it("an image asks, and a tag of several is only a tag", () => {
    const { maker, image } = lab();
    const one = questionFor({ type: "image.remove", image: "my-app:latest" }, fold(maker.events));
    expect(one?.title).toMatch(/Remove the image my-app:latest/);
    maker.add({ type: "image.tagged", image, tag: "other:v1" });
    const two = questionFor({ type: "image.remove", image: "other:v1" }, fold(maker.events));
    expect(two).toMatchObject({ confirm: "Remove the tag" });
    expect(two?.kept.join(" ")).toMatch(/my-app:latest/);
  });

  it("a file asks; stopping and starting never do", () => {
    const { busy, scene } = lab();
    expect(aboutFile("app.py").title).toBe("Delete app.py?");
    expect(questionFor({ type: "container.stop", container: busy }, scene)).toBeNull();
    expect(questionFor({ type: "container.start", container: busy }, scene)).toBeNull();
  });
});

describe("giving a name", () => {
  it("suggests one that can be had", () => {
    const { busy, image, scene } = lab();
    for (const [naming, subject] of [
      ["commit", busy],
      ["rename", busy],
      ["tag", image],
    ] as const) {
      const { suggestion } = namingWords(naming, subject, scene);
      expect(namingProblem(naming, suggestion, subject, scene)).toBeNull();
    }
  });

  it("refuses a name that is taken or is none", () => {
    const { busy, scene } = lab();
    expect(namingProblem("rename", "clean", busy, scene)).toMatch(/already/);
    expect(namingProblem("rename", "", busy, scene)).toMatch(/Give it a name/);
    expect(namingProblem("commit", "Not Good", busy, scene)).not.toBeNull();
  });

  it("becomes the command", () => {
    expect(namingCommand("commit", "kept:v1", "c")).toEqual({
      type: "container.commit",
      container: "c",
      tag: "kept:v1",
    });
    expect(namingCommand("rename", "web", "c")).toMatchObject({ type: "container.rename" });
    expect(namingCommand("tag", "a:b", "i")).toMatchObject({ type: "image.tag", image: "i" });
  });
});
