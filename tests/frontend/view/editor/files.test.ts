import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { SourceFile } from "@/events/generated";
import {
  addFile,
  contextProblem,
  fileFromBytes,
  fileSize,
  inTabOrder,
  isBinary,
  pathProblem,
  removeFile,
  renameFile,
  setText,
  tabAfterRemoval,
  tidyPath,
  totalSize,
} from "@/view/editor/files";

const files = [
  { path: "app.py", text: "print()" },
  { path: "Dockerfile", text: "FROM scratch\n" },
  { path: "src/lib.py", text: "" },
];

describe("a file's path", () => {
  it("is tidied as Docker would", () => {
    expect(tidyPath(" ./src//lib.py ")).toBe("src/lib.py");
    expect(tidyPath("src\\lib.py")).toBe("src/lib.py");
  });

  it.each([
    ["", /Give the file a name/],
    ["/etc/passwd", /Start without/],
    ["../secret", /would leave the build context/],
    ["a/../../b", /would leave the build context/],
    ["app.py", /already/],
    ["./app.py", /already/],
    ["src", /a file or a folder, not both/],
    ["app.py/x", /a file or a folder, not both/],
    ["a\u0000b", /control characters/],
    ["x".repeat(256), /255/],
  ])("%j is refused with the reason", (path, reason) => {
    expect(pathProblem(path, files)).toMatch(reason);
  });

  it("may stay what it is while it is renamed", () => {
    expect(pathProblem("app.py", files, "app.py")).toBeNull();
    expect(pathProblem("Dockerfile", files, "app.py")).toMatch(/already/);
  });
});

describe("the list of files", () => {
  it("shows the Dockerfile first and the others by name", () => {
    expect(
      inTabOrder(addFile(files, { path: ".dockerignore", text: "" })).map((f) => f.path),
    ).toEqual(["Dockerfile", ".dockerignore", "app.py", "src/lib.py"]);
  });

  it("keeps the content when a file gets another name", () => {
    const renamed = renameFile(files, "app.py", "main.py");
    expect(renamed.find((file) => file.path === "main.py")?.text).toBe("print()");
    expect(renamed).toHaveLength(3);
  });

  it("turns a binary file into text when text is typed into it", () => {
    const typed = setText([{ path: "x", base64: "AAA=" }], "x", "hello");
    expect(typed).toEqual([{ path: "x", text: "hello" }]);
  });

  it("shows the tab that stood behind the removed one, or the last", () => {
    expect(tabAfterRemoval(files, "Dockerfile")).toBe("app.py");
    expect(tabAfterRemoval(files, "src/lib.py")).toBe("app.py");
    expect(tabAfterRemoval([{ path: "only", text: "" }], "only")).toBeNull();
  });

  it("never has the same path twice", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "b", "c")), (paths) => {
        const made = paths.reduce(
          (list, path) => addFile(list, { path, text: "" }),
          [] as readonly SourceFile[],
        );
        expect(new Set(made.map((file) => file.path)).size).toBe(made.length);
        const removed = removeFile(made, "a");
        expect(removed.some((file) => file.path === "a")).toBe(false);
      }),
    );
  });
});

describe("what was uploaded", () => {
  const bytes = (...numbers: number[]) => new Uint8Array(numbers);

  it("is text when it is UTF-8", () => {
    expect(fileFromBytes("a", bytes(0x68, 0xc3, 0xa4))).toEqual({ path: "a", text: "hä" });
  });

  it.each([
    ["NUL", bytes(0x68, 0)],
    ["a byte that is no UTF-8", bytes(0xff, 0xfe, 0x41)],
  ])("is kept as bytes with %s", (_, content) => {
    const file = fileFromBytes("a", content);
    expect(isBinary(file)).toBe(true);
    expect(fileSize(file)).toBe(content.length);
  });

  it("comes back byte for byte", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (content) => {
        const file = fileFromBytes("a", content);
        const back =
          typeof file.base64 === "string"
            ? new Uint8Array(Buffer.from(file.base64, "base64"))
            : new TextEncoder().encode(file.text ?? "");
        expect([...back]).toEqual([...content]);
        expect(fileSize(file)).toBe(content.length);
      }),
    );
  });

  it("is measured against what the lab allows", () => {
    expect(contextProblem(files, { bytes: totalSize(files), count: 3 })).toBeNull();
    expect(contextProblem(files, { bytes: totalSize(files) - 1, count: 3 })).toMatch(
      /bytes together/,
    );
    expect(contextProblem(files, { bytes: 1e6, count: 2 })).toMatch(/3 files are more than the 2/);
  });
});
