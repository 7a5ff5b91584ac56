// @vitest-environment jsdom
/** What an author copies: it holds what they chose, and nothing in it can break out of its place. */
import { describe, expect, it, test } from "vitest";

import * as snippets from "@/view/share/snippets";

const shared = { origin: "https://cake.example", id: "AbC-_9", title: "Two builds" };
const usual = snippets.USUAL;
const chosen: snippets.Options = {
  t: "1:23",
  speed: "2",
  theme: "dark",
  autoplay: true,
  controls: false,
  height: 420,
};

/** The only element that this HTML makes. */
function parsed(html: string): Element {
  const { children } = new DOMParser().parseFromString(html, "text/html").body;
  expect(children).toHaveLength(1);
  return children[0] as Element;
}

test("without options the addresses are the plain ones", () => {
  expect(snippets.pageAddress(shared, usual)).toBe("https://cake.example/r/AbC-_9/");
  expect(snippets.embedAddress(shared, usual)).toBe("https://cake.example/embed/AbC-_9");
  expect(snippets.stillAddress(shared, usual)).toBe("https://cake.example/r/AbC-_9/still.svg");
  expect(snippets.qrAddress(shared, usual)).toBe("https://cake.example/r/AbC-_9/qr.svg");
  expect(snippets.fileAddress(shared)).toBe("https://cake.example/r/AbC-_9.jsonl");
});

test("a moment is in the page’s fragment and in everyone else’s query", () => {
  expect(snippets.pageAddress(shared, chosen)).toBe("https://cake.example/r/AbC-_9/#t=1:23");
  const { searchParams } = new URL(snippets.stillAddress(shared, chosen));
  expect(Object.fromEntries(searchParams)).toEqual({ t: "1:23", theme: "dark" });
});

test("the frame carries each option, and may run scripts and open tabs, no more", () => {
  const frame = parsed(snippets.frame(shared, chosen));
  const { searchParams } = new URL(frame.getAttribute("src") ?? "");
  expect(Object.fromEntries(searchParams)).toEqual({
    t: "1:23",
    speed: "2",
    theme: "dark",
    autoplay: "1",
    controls: "0",
  });
  expect(frame.getAttribute("height")).toBe("420");
  expect(frame.getAttribute("sandbox")).not.toContain("allow-same-origin");
});

test("the element carries each option as an attribute, beside its script", () => {
  const html = snippets.element(shared, chosen);
  const { head, body } = new DOMParser().parseFromString(html, "text/html");
  expect(head.querySelector("script")?.src).toBe("https://cake.example/embed/layercake-player.js");
  const element = body.querySelector("layercake-player");
  expect(
    Object.fromEntries([...(element?.attributes ?? [])].map((a) => [a.name, a.value])),
  ).toEqual({
    src: "https://cake.example/r/AbC-_9/",
    title: "Two builds",
    t: "1:23",
    speed: "2",
    theme: "dark",
    autoplay: "1",
    controls: "0",
  });
});

test("oEmbed is asked for the page at its moment", () => {
  const { searchParams } = new URL(snippets.oembedAddress(shared, chosen));
  expect(searchParams.get("url")).toBe("https://cake.example/r/AbC-_9/#t=1:23");
});

test("publishing takes an id that looks like an option", () => {
  expect(snippets.publish(shared)).toBe("python manage.py publish AbC-_9 --out ./AbC-_9");
  expect(snippets.publish({ ...shared, id: "-x" })).not.toMatch(/publish -x|--out -x/);
});

describe.each([
  '"><script>alert(1)</script>',
  "a' onload='x",
  "&quot;",
  "<b>",
  "]( javascript:x) [",
])("a title such as %s", (title) => {
  const hostile = { ...shared, title };

  it.each([
    ["frame", (): string => snippets.frame(hostile, chosen), "title"],
    ["picture", (): string => snippets.picture(hostile, chosen), "alt"],
    ["live", (): string => snippets.liveFrame(shared.origin, "z.A&b", title, 700), "title"],
  ] as const)("stays in its attribute: %s", (_name, html, attribute) => {
    const element = parsed(html());
    const holder = element.querySelector("img") ?? element;
    expect(holder.getAttribute(attribute)).toBe(title);
    expect([...holder.attributes].some(({ name }) => name.startsWith("on"))).toBe(false);
  });

  it("stays in the element’s attribute", () => {
    const { body } = new DOMParser().parseFromString(snippets.element(hostile, usual), "text/html");
    expect(body.children).toHaveLength(1);
    expect(body.querySelector("layercake-player")?.getAttribute("title")).toBe(title);
  });

  it("ends no link in Markdown", () => {
    const text = snippets.markdown(hostile, usual);
    const bare = text.replace(/\\./g, "");
    expect(bare.match(/[[\]]/g)).toEqual(["[", "[", "]", "]"]);
  });
});
