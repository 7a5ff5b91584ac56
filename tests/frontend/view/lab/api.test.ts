import { describe, expect, it } from "vitest";

import { ApiProblem, LabApi, type LayerFile } from "@/view/lab/api";
import type { Boot } from "@/view/lab/boot";

const boot = { api: "/api/labs/x/", csrf: "c" } as Boot;

const entry = (path: string, kind: LayerFile["kind"] = "file"): LayerFile => ({
  path,
  kind,
  size: 1,
  mode: 0o644,
  target: null,
});

/** A site that answers each question with the next of these, and notes what was asked. */
function siteOf(...answers: { status?: number; body: unknown }[]) {
  const asked: string[] = [];
  const fetcher = ((path: string) => {
    asked.push(path);
    const { status = 200, body } = answers[Math.min(asked.length, answers.length) - 1] ?? {
      body: {},
    };
    return Promise.resolve(new Response(JSON.stringify(body), { status }));
  }) as typeof fetch;
  return { asked, api: new LabApi(boot, fetcher) };
}

describe("the paths of a layer", () => {
  it("are its files and links from all pages; a deletion holds no file", async () => {
    const { asked, api } = siteOf(
      { body: { files: [entry("app", "directory"), entry("app/a.py")], next: "app/a.py" } },
      { body: { files: [entry("app/b", "symlink"), entry("etc/gone", "whiteout")], next: null } },
    );
    expect(await api.layerPaths("sha256:aa")).toEqual(["app/a.py", "app/b"]);
    expect(asked).toEqual([
      "/api/labs/x/layers/sha256%3Aaa/files?after=",
      "/api/labs/x/layers/sha256%3Aaa/files?after=app%2Fa.py",
    ]);
  });

  it("end somewhere, however many pages the site has", async () => {
    const { asked, api } = siteOf({ body: { files: [entry("a")], next: "a" } });
    expect((await api.layerPaths("sha256:aa")).length).toBe(asked.length);
    expect(asked.length).toBeLessThan(100);
  });

  it("that cannot be had are a problem in words", async () => {
    const { api } = siteOf({ status: 404, body: { code: "gone", title: "No such layer." } });
    const refused = await api.layerPaths("sha256:aa").catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ApiProblem);
    expect((refused as ApiProblem).problem.title).toBe("No such layer.");
  });
});

describe("the X-ray", () => {
  it("asks for a part of a tree, and for a file at one layer, by address", async () => {
    const { asked, api } = siteOf({ body: { entries: [], next: null, summary: {} } });
    const layer = { kind: "layer", id: "sha256:aa", image: "sha256:bb" } as const;
    await api.xray(layer, { folder: "/usr/lib", sort: "size", after: "9:/x" });
    await api.xrayFile("sha256:aa", "/a b");
    expect(asked).toEqual([
      "/api/labs/x/xray/layer/sha256%3Aaa?folder=%2Fusr%2Flib&sort=size&image=sha256%3Abb&after=9%3A%2Fx",
      "/api/labs/x/xray/read?ref=sha256%3Aaa&path=%2Fa+b",
    ]);
  });
});
