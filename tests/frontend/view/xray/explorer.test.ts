import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { XrayPage, XrayQuery } from "@/view/xray/answers";
import { Explorer } from "@/view/xray/explorer.svelte";

import { eventually } from "../../eventually";
import { entry, folder, page } from "./trees";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const FOLDERS: Readonly<Record<string, XrayPage>> = {
  "/": page([folder("/a"), folder("/b"), folder("/c"), folder("/d"), folder("/e")]),
  "/a": page([entry("/a/1")], "one"),
  "/b": page([entry("/b/1")]),
};

/** A site that notes what it is asked; answers are held back while `held` is there. */
function site(
  answers: (query: XrayQuery) => XrayPage = (query) => FOLDERS[query.folder ?? ""] ?? page([]),
) {
  const asked: XrayQuery[] = [];
  const waiting: (() => void)[] = [];
  const state = { hold: false, broken: false };
  const ask = (query: XrayQuery): Promise<XrayPage> => {
    asked.push(query);
    if (state.broken) return Promise.reject(new Error("no answer"));
    if (!state.hold) return Promise.resolve(answers(query));
    return new Promise((resolve) => waiting.push(() => resolve(answers(query))));
  };
  return { ask, asked, waiting, state };
}

const paths = (explorer: Explorer) =>
  explorer.rows.map((row) => (row.what === "entry" ? row.entry.path : row.what));

describe("the explorer", () => {
  it("asks for the root first, and for a folder when it is opened, once", async () => {
    const { ask, asked } = site();
    const explorer = new Explorer(ask);
    await explorer.start();
    explorer.open("/b");
    await eventually(() => expect(paths(explorer)).toContain("/b/1"));
    explorer.fold("/b");
    explorer.open("/b");
    expect(paths(explorer)).toContain("/b/1");
    expect(asked.map((query) => query.folder)).toEqual(["/", "/b"]);
  });

  it("goes on with the page after, and asks only once while it is on its way", async () => {
    const { ask, asked } = site();
    const explorer = new Explorer(ask);
    await explorer.start();
    explorer.open("/a");
    await eventually(() => expect(paths(explorer)).toContain("more"));
    explorer.more("/a");
    explorer.more("/a");
    expect(asked.map((query) => query.after)).toEqual([undefined, undefined, "one"]);
  });

  it("leads who waited at the end on to what came, not to the new end", async () => {
    const { ask } = site((query) =>
      query.after ? page([entry("/2"), entry("/3")], "three") : page([entry("/1")], "one"),
    );
    const explorer = new Explorer(ask);
    await explorer.start();
    explorer.active = explorer.rows.at(-1)?.key ?? "";
    explorer.more("/");
    await eventually(() => expect(paths(explorer)).toEqual(["/1", "/2", "/3", "more"]));
    expect(explorer.active).toBe(explorer.rows[1]?.key);
  });

  it("opens the folders of what is little by itself", async () => {
    const { ask } = site((query) =>
      query.folder === "/" ? page([folder("/app")]) : page([entry("/app/app.py")]),
    );
    const explorer = new Explorer(ask);
    await explorer.start();
    expect(paths(explorer)).toEqual(["/app", "/app/app.py"]);
  });

  it("leaves what is much folded", async () => {
    const { ask, asked } = site();
    await new Explorer(ask).start();
    expect(asked).toHaveLength(1);
  });

  it("searches once typing rests, and never shows an answer that is too late", async () => {
    const { ask, asked, waiting, state } = site((query) => page([entry(`/${query.search}`)]));
    const explorer = new Explorer(ask);
    await explorer.start();
    state.hold = true;
    explorer.type("o");
    explorer.type("os");
    await vi.runAllTimersAsync();
    explorer.type("os-rel");
    await vi.runAllTimersAsync();
    expect(asked.map((query) => query.search)).toEqual([undefined, "os", "os-rel"]);
    waiting[1]?.();
    await eventually(() => expect(paths(explorer)).toEqual(["/os-rel"]));
    waiting[0]?.();
    await vi.runAllTimersAsync();
    expect(paths(explorer)).toEqual(["/os-rel"]);
  });

  it("filters, and shows the tree again without a filter", async () => {
    const { ask, asked } = site((query) =>
      query.only?.length ? page([entry("/etc/x")]) : page([folder("/etc", 9)]),
    );
    const explorer = new Explorer(ask, ["deleted"]);
    await explorer.start();
    expect(explorer.tree.flat).toBe(true);
    explorer.toggle("added");
    explorer.toggle("deleted");
    await vi.runAllTimersAsync();
    expect(asked.at(-1)).toMatchObject({ only: ["added"] });
    explorer.show([]);
    await eventually(() => expect(paths(explorer)[0]).toBe("/etc"));
    expect(explorer.tree.flat).toBe(false);
  });

  it("asks in the other order for all that is open", async () => {
    const { ask, asked } = site();
    const explorer = new Explorer(ask);
    await explorer.start();
    explorer.open("/b");
    await eventually(() => expect(paths(explorer)).toContain("/b/1"));
    explorer.sortBySize(true);
    await eventually(() => expect(asked).toHaveLength(4));
    expect(asked.slice(2).map(({ folder: of, sort }) => [of, sort])).toEqual([
      ["/", "size"],
      ["/b", "size"],
    ]);
  });

  it("shows a folder that was found where it is in the tree", async () => {
    const { ask } = site((query) => {
      if (query.search) return page([folder("/usr/lib")]);
      const children = { "/": [folder("/usr")], "/usr": [folder("/usr/lib")] };
      return page(children[query.folder as "/" | "/usr"] ?? [entry("/usr/lib/x")]);
    });
    const explorer = new Explorer(ask);
    explorer.type("lib");
    await vi.runAllTimersAsync();
    await explorer.reveal("/usr/lib");
    expect(paths(explorer)).toEqual(["/usr", "/usr/lib", "/usr/lib/x"]);
    expect(explorer.rows[1]?.key).toBe(explorer.active);
    expect(explorer.search).toBe("");
  });

  it("says what failed, of a folder in its place, and tries again", async () => {
    const { ask, state } = site();
    const explorer = new Explorer(ask);
    await explorer.start();
    state.broken = true;
    explorer.open("/b");
    await eventually(() => expect(paths(explorer)).toContain("trouble"));
    state.broken = false;
    explorer.more("/b");
    await eventually(() => expect(paths(explorer)).toContain("/b/1"));
    state.broken = true;
    await explorer.start();
    expect(explorer.problem?.why).toBe("no answer");
  });

  it("keeps what is open when its subject changed", async () => {
    const { ask } = site();
    const explorer = new Explorer(ask);
    await explorer.start();
    explorer.open("/b");
    await eventually(() => expect(paths(explorer)).toContain("/b/1"));
    const before = paths(explorer);
    await explorer.start();
    expect(paths(explorer)).toEqual(before);
  });
});
