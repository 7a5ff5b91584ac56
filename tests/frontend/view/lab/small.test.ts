// @vitest-environment jsdom
import { describe, expect, it } from "vitest";

import { fold } from "@/scene/reduce";
import { pageNonce, readBoot } from "@/view/lab/boot";
import { added, ended } from "@/view/lab/history";
import {
  otherTheme,
  present,
  recalled,
  recalledTheme,
  remember,
  resizeDock,
  resizeFiles,
  showSection,
  showTab,
} from "@/view/lab/layout";
import { news } from "@/view/lab/news";
import { asProblem, at, clearPlace, dismiss, say } from "@/view/lab/notices";
import { imageInFocus, isThere, neighbour, room } from "@/view/lab/selection";
import { rememberIn } from "@/view/lab/storage";
import { TapeClock } from "@/view/lab/tape-clock";
import { CommandFailed } from "@/source/source";

import { limits, story } from "../../tapes/golden";
import { digest, file, hex, TapeMaker } from "../../tapes/maker";

describe("the command history", () => {
  it("keeps the newest commands and how each ended", () => {
    let entries = added([], 1, "docker build -t a .");
    entries = ended(added(entries, 2, "docker run -d a"), 1, "done");
    expect(entries.map(({ line, outcome }) => [line, outcome])).toEqual([
      ["docker build -t a .", "done"],
      ["docker run -d a", "sent"],
    ]);
  });

  it("is bounded", () => {
    let entries = added([], 0, "docker ps");
    for (let id = 1; id < 200; id += 1) entries = added(entries, id, `docker ${id}`);
    expect(entries).toHaveLength(50);
    expect(entries.at(-1)?.line).toBe("docker 199");
  });
});

describe("notices", () => {
  const problem = { code: "x", title: "No.", why: "", try: "", engine_words: "" };
  const notice = (id: number, place: "page" | "build" = "page") => ({
    id,
    place,
    tone: "problem" as const,
    problem,
  });

  it("say the same thing once, with how often", () => {
    const notices = say(say([], notice(1)), notice(2));
    expect(notices).toEqual([{ ...notice(1), times: 2 }]);
  });

  it("stand where they belong, and go when dismissed or tried anew", () => {
    const notices = say(say([], notice(1)), notice(2, "build"));
    expect(at(notices, "build").map((each) => each.id)).toEqual([2]);
    expect(dismiss(notices, 1).map((each) => each.id)).toEqual([2]);
    expect(clearPlace(notices, "build").map((each) => each.id)).toEqual([1]);
    expect(clearPlace(notices, "files")).toBe(notices);
  });

  it("never are more than a few", () => {
    let notices = say([], notice(0));
    for (let id = 1; id < 20; id += 1) {
      notices = say(notices, { ...notice(id), problem: { ...problem, title: `No ${id}.` } });
    }
    expect(notices.length).toBeLessThanOrEqual(6);
    expect(notices.at(-1)?.problem.title).toBe("No 19.");
  });

  it("make words of whatever was thrown", () => {
    expect(asProblem(new CommandFailed(problem)).title).toBe("No.");
    expect(asProblem({ code: "y", title: "Plain." })).toMatchObject({ title: "Plain.", why: "" });
    expect(asProblem(new TypeError("boom"))).toMatchObject({ why: "boom" });
    expect(asProblem("text").title).toBe("That did not work.");
  });
});

describe("what the browser remembers", () => {
  it("lasts for the page where storage is refused, and never throws", () => {
    const refused = rememberIn(() => {
      throw new DOMException("denied");
    });
    refused.set("theme", "dark");
    expect(refused.get("theme")).toBe("dark");
    const absent = rememberIn(() => undefined);
    absent.set("a", "1");
    expect(absent.get("a")).toBe("1");
    expect(absent.get("b")).toBeNull();
  });

  it("is kept under a name of its own", () => {
    rememberIn(() => localStorage).set("theme", "light");
    expect(localStorage.getItem("layercake.theme")).toBe("light");
  });
});

describe("the layout", () => {
  const memory = () => rememberIn(() => undefined);

  it("comes back with the sizes of the last visit, within bounds", () => {
    const kept = memory();
    remember(kept, resizeDock(resizeFiles(recalled(kept), 50), 99));
    expect(recalled(kept)).toMatchObject({ filesWidth: 50, dockHeight: 76 });
    kept.set("files-width", "nonsense");
    expect(recalled(kept).filesWidth).toBe(38);
  });

  it("shows on a narrow page the section that a tab is in", () => {
    const first = recalled(memory());
    expect(showTab(first, "steps").section).toBe("stage");
    expect(showTab(first, "container").section).toBe("containers");
    expect(showSection(first, "discoveries").tab).toBe("discoveries");
    expect(showSection(showTab(first, "transcript"), "stage").tab).toBe("transcript");
    expect(showSection(first, "stage").tab).toBe("steps");
    expect(showSection(showTab(first, "container"), "files").tab).toBe("container");
  });

  it("gives the stage everything when presenting, until something is asked for", () => {
    const presenting = present(recalled(memory()), true);
    expect(presenting).toMatchObject({ presenting: true, dockOpen: false, section: "stage" });
    expect(showTab(presenting, "container").dockOpen).toBe(true);
    expect(present(presenting, false)).toMatchObject({ presenting: false, dockOpen: true });
  });

  it("remembers a theme only once one was chosen", () => {
    const kept = memory();
    expect(recalledTheme(kept)).toBeNull();
    expect(otherTheme(null, true)).toBe("light");
    expect(otherTheme(null, false)).toBe("dark");
    expect(otherTheme("dark", true)).toBe("light");
    kept.set("theme", "dark");
    expect(recalledTheme(kept)).toBe("dark");
  });
});

describe("the selection", () => {
  const maker = new TapeMaker().open();
  const image = maker.build({
    build: 1,
    files: [file("app.py", "")],
    work: [{ text: "FROM alpine", makes: "base", layers: [{ digest: digest("a"), size: 3 }] }],
  });
  const ids = ["a", "b", "c"].map((name) => maker.container(name, image ?? ""));
  const scene = fold(maker.events);

  it("moves from container to container, around the end", () => {
    expect(neighbour(scene, null, 1)).toBe(ids[0]);
    expect(neighbour(scene, null, -1)).toBe(ids[2]);
    expect(neighbour(scene, ids[2] ?? "", 1)).toBe(ids[0]);
    expect(neighbour(scene, ids[0] ?? "", -1)).toBe(ids[2]);
    expect(neighbour(fold([]), null, 1)).toBeNull();
  });

  it("is over when the thing is gone", () => {
    expect(isThere(scene, { kind: "container", id: ids[0] ?? "" })).toBe(true);
    expect(isThere(scene, { kind: "container", id: hex("gone") })).toBe(false);
    expect(isThere(scene, { kind: "image", id: image ?? "" })).toBe(true);
    expect(isThere(scene, { kind: "layer", id: digest("a") })).toBe(true);
    expect(isThere(scene, { kind: "layer", id: "toString" })).toBe(false);
    expect(isThere(scene, { kind: "build", id: "1" })).toBe(true);
    expect(isThere(scene, { kind: "step", id: "1:1" })).toBe(true);
    expect(isThere(scene, { kind: "step", id: "2:1" })).toBe(false);
  });

  it("means the image on the stage, and none before there is one", () => {
    expect(imageInFocus(scene, null)).toBe(image);
    expect(imageInFocus(scene, digest("gone"))).toBe(image);
    expect(imageInFocus(fold([]), null)).toBeNull();
  });

  it("knows how many containers the lab still takes", () => {
    expect(room(scene)).toBe(9);
  });
});

it("news are the notices after the page was opened, each in its place", () => {
  const scene = fold(limits());
  const all = news(scene, 0);
  expect(all.length).toBe(scene.notices.filter((notice) => notice.kind !== "lost").length);
  expect(news(scene, scene.seq)).toEqual([]);
  expect(all.every((each) => each.title !== "")).toBe(true);
});

it("the tape's clock goes on between events and never back", () => {
  const clock = new TapeClock();
  expect(clock.at(5000)).toBe(0);
  clock.saw(1000, 5000);
  expect(clock.at(5500)).toBe(1500);
  // This one came late; the earlier, faster one is nearer to the truth.
  clock.saw(1100, 5900);
  expect(clock.at(6000)).toBe(2000);
});

describe("the page's start", () => {
  it("reads the boot data, with paths for what is not said", () => {
    document.body.innerHTML = `<script type="application/json" id="boot">
      {"lab": "x", "role": "owner", "ws": "/ws/labs/x/"}</script>`;
    expect(readBoot(document)).toMatchObject({ role: "owner", api: "/api/labs/x/", files: [] });
  });

  it("takes who is not said to be the owner for a watcher", () => {
    document.body.innerHTML = `<script type="application/json" id="boot">
      {"lab": "x", "role": "admin", "ws": "/ws"}</script>`;
    expect(readBoot(document)?.role).toBe("watcher");
  });

  it("is none without boot data", () => {
    document.body.innerHTML = "";
    expect(readBoot(document)).toBeNull();
  });

  it("finds the nonce that the page may use", () => {
    document.head.innerHTML = `<meta name="csp-nonce" content="abc">`;
    expect(pageNonce(document)).toBe("abc");
  });
});

it("the story's tape gives a scene whose newest image is in focus", () => {
  const scene = fold(story());
  expect(scene.images.some((image) => image.digest === imageInFocus(scene, null))).toBe(true);
});
