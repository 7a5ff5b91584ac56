import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { deed, typedTo, writes } from "@/view/xray/keys";
import {
  asking,
  closed,
  failed,
  foldersAbove,
  NO_TREE,
  opened,
  received,
  ROOT,
  rowsOf,
  unlisted,
  type Row,
} from "@/view/xray/tree";
import { drawn, ROW, spanOf } from "@/view/xray/visible";

import { entry, folder, page } from "./trees";

const root = received(
  NO_TREE,
  ROOT,
  page([folder("/bin"), folder("/etc", 2), entry("/hello")]),
  false,
);
const both = received(
  opened(root, "/etc"),
  "/etc",
  page([entry("/etc/hosts"), entry("/etc/passwd")]),
  false,
);
const names = (rows: readonly Row[]) =>
  rows.map((row) => (row.what === "entry" ? row.entry.path : row.what));
const at = (path: string) => names(rowsOf(both)).indexOf(path);

describe("the tree's rows", () => {
  it("are the root's entries, and those of open folders below them", () => {
    expect(names(rowsOf(root))).toEqual(["/bin", "/etc", "/hello"]);
    expect(names(rowsOf(both))).toEqual(["/bin", "/etc", "/etc/hosts", "/etc/passwd", "/hello"]);
    expect(names(rowsOf(closed(both, "/etc")))).toEqual(["/bin", "/etc", "/hello"]);
  });

  it("tell assistive technology where they are among how many", () => {
    const row = rowsOf(both)[at("/etc/passwd")];
    expect(row).toMatchObject({ level: 2, at: 2, of: 2 });
    expect(rowsOf(both)[at("/hello")]).toMatchObject({ level: 1, at: 3, of: 3 });
  });

  it("say that more follow as long as pages do, and then how many there are is not known", () => {
    const first = received(NO_TREE, ROOT, page([entry("/a")], "cursor"), false);
    expect(rowsOf(first).map(({ what, of }) => [what, of])).toEqual([
      ["entry", -1],
      ["more", -1],
    ]);
    const second = received(first, ROOT, page([entry("/b")]), true);
    expect(names(rowsOf(second))).toEqual(["/a", "/b"]);
  });

  it("never hold a path twice, whatever pages overlap", () => {
    const first = received(NO_TREE, ROOT, page([entry("/a"), entry("/b")], "cursor"), false);
    const second = received(first, ROOT, page([entry("/b"), entry("/c")]), true);
    const keys = rowsOf(second).map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(names(rowsOf(second))).toEqual(["/a", "/b", "/c"]);
  });

  it("tell a path that is there from the ghost of the same path", () => {
    const ghost = entry("/a", { state: "ghost", layer: "sha256:1" });
    const rows = rowsOf(received(NO_TREE, ROOT, page([entry("/a"), ghost]), false));
    expect(rows[0]?.key).not.toBe(rows[1]?.key);
  });

  it("say what is waited for, what failed, and that a folder is empty", () => {
    const waiting = asking(opened(root, "/bin"), "/bin");
    expect(names(rowsOf(waiting))).toEqual(["/bin", "loading", "/etc", "/hello"]);
    const broken = failed(waiting, "/bin", "The site did not answer.");
    expect(rowsOf(broken)[1]).toMatchObject({ what: "trouble", words: "The site did not answer." });
    const empty = received(waiting, "/bin", page([]), false);
    expect(names(rowsOf(empty))).toEqual(["/bin", "empty", "/etc", "/hello"]);
  });

  it("of a flat list have no folders to open", () => {
    const flat = { ...root, flat: true };
    expect(rowsOf(flat).every((row) => row.what === "entry" && row.expanded === null)).toBe(true);
  });

  it("keep the open folders when all that came is forgotten", () => {
    const forgotten = unlisted(both, ROOT);
    expect([...forgotten.open]).toEqual(["/etc"]);
    expect(names(rowsOf(forgotten))).toEqual(["/bin", "/etc", "empty", "/hello"]);
  });
});

it("the folders above a path lead to it", () => {
  expect(foldersAbove("/usr/lib/os-release")).toEqual(["/usr", "/usr/lib"]);
  expect(foldersAbove("/usr")).toEqual([]);
});

describe("keys in the tree", () => {
  const rows = rowsOf(both);

  it.each([
    ["ArrowDown", "/bin", "/etc"],
    ["ArrowUp", "/etc", "/bin"],
    ["ArrowUp", "/bin", "/bin"],
    ["Home", "/hello", "/bin"],
    ["End", "/bin", "/hello"],
    ["PageDown", "/bin", "/hello"],
    ["ArrowRight", "/etc", "/etc/hosts"],
    ["ArrowLeft", "/etc/passwd", "/etc"],
  ])("%s goes from %s to %s", (key, from, to) => {
    expect(deed(rows, at(from), key)).toEqual({ kind: "go", to: at(to) });
  });

  it("arrows to the side open and close folders", () => {
    expect(deed(rows, at("/bin"), "ArrowRight")).toEqual({ kind: "open", folder: "/bin" });
    expect(deed(rows, at("/etc"), "ArrowLeft")).toEqual({ kind: "close", folder: "/etc" });
    expect(deed(rows, at("/hello"), "ArrowRight")).toBeNull();
    expect(deed(rows, at("/hello"), "ArrowLeft")).toBeNull();
  });

  it("Enter and Space press, other keys are left to the page", () => {
    expect(deed(rows, 1, "Enter")).toEqual({ kind: "press", at: 1 });
    expect(deed(rows, 1, " ")).toEqual({ kind: "press", at: 1 });
    expect(deed(rows, 1, "Escape")).toBeNull();
    expect(deed(rows, 99, "Enter")).toBeNull();
  });

  it("letters go to the next name that begins with them, around the end", () => {
    expect(typedTo(rows, at("/bin"), "h")).toBe(at("/etc/hosts"));
    expect(typedTo(rows, at("/etc/hosts"), "h")).toBe(at("/hello"));
    expect(typedTo(rows, at("/hello"), "HE")).toBe(at("/hello"));
    expect(typedTo(rows, at("/hello"), "b")).toBe(at("/bin"));
    expect(typedTo(rows, 0, "zz")).toBeNull();
    expect([writes("a"), writes("ü"), writes("."), writes("/"), writes("Enter")]).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it("never lead out of the tree", () => {
    const key = fc.constantFrom(
      "ArrowDown",
      "ArrowUp",
      "PageDown",
      "PageUp",
      "Home",
      "End",
      "ArrowLeft",
    );
    fc.assert(
      fc.property(fc.nat(rows.length - 1), fc.array(key), (start, pressed) => {
        let place = start;
        for (const each of pressed) {
          const todo = deed(rows, place, each);
          if (todo?.kind === "go") place = todo.to;
          expect(rows[place]).toBeDefined();
        }
      }),
    );
  });
});

describe("the rows that are drawn", () => {
  it("are a screenful, however many there are", () => {
    const { from, to } = spanOf(30_000, 10_000 * ROW, 10_020 * ROW);
    expect(to - from).toBeLessThan(60);
    expect(from).toBeLessThan(10_000);
    expect(to).toBeGreaterThan(10_020);
  });

  it("are the first ones where nothing is laid out yet", () => {
    expect(spanOf(30_000, 0, 0).from).toBe(0);
    expect(spanOf(0, 0, 500)).toEqual({ from: 0, to: 0 });
  });

  it("have the active row among them, once, in order", () => {
    fc.assert(
      fc.property(fc.nat(500), fc.nat(500), fc.integer({ min: -1, max: 520 }), (a, b, active) => {
        const span = { from: Math.min(a, b), to: Math.max(a, b) };
        const found = drawn(span, active, 500);
        expect(found).toEqual([...new Set(found)].sort((x, y) => x - y));
        if (active >= 0 && active < 500) expect(found).toContain(active);
      }),
    );
  });
});
