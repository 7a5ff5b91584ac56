import { describe, expect, it } from "vitest";

import { fold } from "@/scene/reduce";
import { queryText } from "@/view/xray/answers";
import { pageOfChanges } from "@/view/xray/changes";
import { imageWith, loneMark, marksOf, type LayerMark } from "@/view/xray/marks";
import {
  exactly,
  fate,
  firstShown,
  isReadable,
  versionsOf,
  versionWords,
} from "@/view/xray/versions";
import {
  efficiencyPercent,
  emptiness,
  meaning,
  rowName,
  sizeWords,
  stateWord,
  sumWords,
} from "@/view/xray/words";

import { digest, file, TapeMaker } from "../../tapes/maker";
import { entry, folder, SUMMARY } from "./trees";

const base = digest("base");
const copy = digest("copy");
const rm = digest("rm");

function scene() {
  const maker = new TapeMaker().open();
  maker.build({
    build: 1,
    files: [file("key", "x")],
    work: [
      { text: "FROM alpine", makes: "base", layers: [{ digest: base, size: 30 }] },
      { text: "COPY key /key", makes: "layer", layers: [{ digest: copy, size: 1 }] },
      { text: "RUN rm /key", makes: "layer", layers: [{ digest: rm, size: 0 }] },
    ],
  });
  return fold(maker.events);
}

const image = () => scene().images[0]?.digest ?? "";
const marks = (): ReadonlyMap<string, LayerMark> =>
  new Map(marksOf(scene(), image()).map((mark) => [mark.digest, mark]));

describe("the marks of layers", () => {
  it("are numbered from the base, with the instruction and its slab's hue", () => {
    expect(
      marksOf(scene(), image()).map(({ number, instruction, hue }) => [number, instruction, hue]),
    ).toEqual([
      [1, "FROM", "from"],
      [2, "COPY", "copy"],
      [3, "RUN", "run"],
    ]);
  });

  it("know in which image a layer is looked at, and a layer that no image has", () => {
    expect(imageWith(scene(), copy, null)).toBe(image());
    expect(imageWith(scene(), digest("elsewhere"), image())).toBeNull();
    const layer = scene().layers[copy];
    expect(layer && loneMark(layer)).toMatchObject({ text: "COPY key /key", hue: "copy" });
  });
});

describe("a row says", () => {
  const ghost = entry("/key", { state: "ghost", layer: copy, weight: 1, size: 0, hidden_by: rm });

  it("of a ghost what it weighs, where it lies, and what hides it", () => {
    expect(stateWord("image", ghost, 3)).toBe("hidden by 3");
    expect(sizeWords(ghost)).toBe("still readable, 1 B");
    expect(rowName("image", ghost, "layer 2, COPY key /key", 3)).toBe(
      "/key, hidden by layer 3, lies in layer 2, COPY key /key, still readable, 1 B",
    );
  });

  it("copied up and whiteout of what a container does to its image's files", () => {
    expect(stateWord("container", entry("/a", { state: "modified" }))).toBe("copied up");
    expect(stateWord("container", entry("/a", { state: "deleted", layer: copy }))).toBe("whiteout");
    expect(stateWord("container", entry("/a", { state: "same", layer: copy }))).toBe("");
  });

  it("what a layer did, and nothing of what an image simply has", () => {
    expect(stateWord("layer", entry("/a", { layer: copy }))).toBe("added");
    expect(stateWord("layer", entry("/a", { state: "modified", layer: copy }))).toBe("changed");
    expect(stateWord("image", entry("/a", { layer: copy }))).toBe("");
  });

  it("of a folder that it is one, of a link where it leads", () => {
    expect(rowName("layer", folder("/etc", 2, { size: 2000 }), "")).toBe(
      "/etc, folder, added, 2 kB",
    );
    const link = entry("/bin/sh", { kind: "symlink", target: "busybox", state: "same" });
    expect(rowName("image", link, "layer 1, FROM alpine")).toBe(
      "/bin/sh, link to busybox, from layer 1, FROM alpine",
    );
  });
});

describe("the summary", () => {
  const wasteful = { ...SUMMARY, wasted: 12e6, hidden: 6e6, efficiency: 0.9999 };

  it("never calls an image that wastes bytes wholly efficient", () => {
    expect(efficiencyPercent(SUMMARY)).toBe(100);
    expect(efficiencyPercent(wasteful)).toBe(99);
    expect(efficiencyPercent({ ...wasteful, efficiency: 0.5 })).toBe(50);
  });

  it("says what waste means and what to do about it", () => {
    expect(meaning("image", wasteful)).toMatch(
      /^12 MB belong to files .* nobody sees 6 MB .* frees nothing: delete in the RUN that writes it/,
    );
    expect(meaning("image", SUMMARY)).toMatch(/every byte of its layers is seen/);
    expect(meaning("layer", wasteful)).toMatch(/^It hides 6 MB of the layers below/);
    expect(meaning("container", { ...SUMMARY, modified: 1, deleted: 1 })).toMatch(
      /Copied up: .* Whiteout: /,
    );
  });

  it("counts what a layer did and what an image has", () => {
    expect(sumWords("image", SUMMARY)).toBe("4 files, 400 B");
    expect(sumWords("layer", { ...SUMMARY, modified: 1 })).toBe("400 B: 4 added, 1 changed");
    expect(sumWords("layer", { ...SUMMARY, added: 0, size: 0 })).toBe("0 B: nothing in it");
  });

  it("teaches where nothing is found", () => {
    expect(emptiness("image", "zz", []).title).toContain("“zz”");
    expect(emptiness("image", "", ["wasted"]).title).toBe("Nothing is wasted");
    expect(emptiness("container", "", ["added"]).title).toBe("Nothing changed yet");
    expect(emptiness("layer", "", []).title).toBe("This layer holds no files");
  });
});

describe("the versions of a path", () => {
  const gone = entry("/key", {
    state: "ghost",
    layer: copy,
    weight: 31,
    size: 0,
    hidden_by: rm,
    copies: [{ layer: base, size: 30 }],
  });

  it("go from layer to layer, and end with what deleted it", () => {
    expect(versionsOf(gone, marks(), null).map(versionWords)).toEqual([
      "layer 1, FROM alpine: added, 30 B",
      "layer 2, COPY key /key: changed, 1 B",
      "layer 3, RUN rm /key: deleted",
    ]);
  });

  it("of a container end in its own layer", () => {
    const mine = entry("/key", { state: "modified", copies: [{ layer: copy, size: 1 }] });
    const found = versionsOf(mine, marks(), "c0ffee");
    expect(found.map(({ ref }) => ref)).toEqual([copy, "c0ffee"]);
    expect(versionsOf(mine, marks(), null)).toHaveLength(1);
  });

  it("begin with the one that the row stands for, or else the newest that can be read", () => {
    const found = versionsOf(gone, marks(), null);
    expect(firstShown(found, base)?.ref).toBe(base);
    expect(firstShown(found, rm)?.ref).toBe(copy);
    expect(firstShown([], null)).toBeNull();
    expect(found.map(isReadable)).toEqual([true, true, false]);
  });

  it("tell of a deleted file that it is there still", () => {
    const found = versionsOf(gone, marks(), null);
    const said = found.map((version) => fate(found, version));
    expect(said[0]).toBe("Changed in layer 2: this older copy is still stored.");
    expect(said[1]).toMatch(/^Deleted in layer 3, and still here to be read/);
    expect(said[2]).toBe("");
  });

  it("are asked for by a search that means this path alone", () => {
    expect(exactly("/app/a.py")).toBe("[/]app/a.py");
    expect(exactly("/app/[id]*.ts")).toBe("[/]app/[[]id][*].ts");
    expect(exactly(`/${"deep/".repeat(80)}end`).length).toBeLessThanOrEqual(200);
  });
});

it("a question names its folder or its filters, and a layer its image", () => {
  expect(queryText({ kind: "layer", id: copy, image: "i" }, { folder: "/", sort: "name" })).toBe(
    "folder=%2F&sort=name&image=i",
  );
  expect(
    queryText({ kind: "image", id: "i", image: "i" }, { search: "", only: ["added", "wasted"] }),
  ).toBe("only=added%2Cwasted");
});

describe("what a container had changed at an earlier moment", () => {
  const changes = [
    { path: "/app", kind: "modified", size: 0 },
    { path: "/app/new", kind: "added", size: 3 },
    { path: "/etc/x", kind: "deleted", size: 0 },
  ] as const;

  it("comes from the tape, and is searched, filtered and sorted like the rest", () => {
    const paths = (query: Parameters<typeof pageOfChanges>[1]) =>
      pageOfChanges(changes, query).entries.map(({ path }) => path);
    expect(paths({})).toEqual(["/app", "/app/new", "/etc/x"]);
    expect(paths({ search: "NEW" })).toEqual(["/app/new"]);
    expect(paths({ only: ["deleted"] })).toEqual(["/etc/x"]);
    expect(paths({ sort: "size" })[0]).toBe("/app/new");
    expect(pageOfChanges(changes, {}).entries[0]?.kind).toBe("directory");
    expect(pageOfChanges(changes, {}).summary).toMatchObject({ added: 1, modified: 1, deleted: 1 });
  });
});
