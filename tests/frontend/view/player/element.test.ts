// @vitest-environment jsdom
import "@/embed-element";

import { beforeEach, expect, test } from "vitest";

const SRC = "https://layercake.example.org/embed/first-image";

function put(attributes: Readonly<Record<string, string>>): HTMLElement {
  const element = document.createElement("layercake-player");
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  document.body.append(element);
  return element;
}

function frameOf(element: HTMLElement): HTMLIFrameElement {
  const frame = element.querySelector("iframe");
  if (!frame) throw new Error("there is no frame");
  return frame;
}

function hear(data: unknown, source: Window | null): void {
  window.dispatchEvent(new MessageEvent("message", { data, source }));
}

beforeEach(() => document.body.replaceChildren());

test("it makes a frame that may run scripts and open pages, and nothing else", () => {
  const frame = frameOf(put({ src: SRC, title: "The first image" }));
  expect(frame.src).toBe(SRC);
  expect(frame.title).toBe("The first image");
  expect(frame.getAttribute("sandbox")).toBe(
    "allow-scripts allow-popups allow-popups-to-escape-sandbox",
  );
  expect(frame.getAttribute("loading")).toBe("lazy");
});

test("what it is asked goes into the address", () => {
  const asked = { t: "e9", speed: "2", theme: "dark", autoplay: "1", controls: "0", lang: "en" };
  const { searchParams } = new URL(frameOf(put({ src: SRC, ...asked })).src);
  expect(Object.fromEntries(searchParams)).toEqual(asked);
});

test("the address of a recording's page will do as well", () => {
  const frame = frameOf(put({ src: "https://layercake.example.org/r/first-image/" }));
  expect(frame.src).toBe(SRC);
});

test.each(["", "javascript:alert(1)", "data:text/html,x", "https://[bad"])(
  "an address that is none makes no frame: %s",
  (src) => {
    expect(put({ src }).querySelector("iframe")).toBeNull();
  },
);

test("its frame becomes as high as it asks to be", () => {
  const frame = frameOf(put({ src: SRC }));
  hear({ type: "layercake:resize", height: 712.4, id: "x" }, frame.contentWindow);
  expect(frame.style.height).toBe("713px");
});

test.each([
  { type: "layercake:resize", height: "9000" },
  { type: "layercake:resize", height: Number.POSITIVE_INFINITY },
  { type: "layercake:resize" },
  { subject: "lti.frameResize", height: 700 },
  null,
  "700",
])("a message that is no height changes nothing: %j", (data) => {
  const frame = frameOf(put({ src: SRC }));
  hear(data, frame.contentWindow);
  expect(frame.style.height).toBe("600px");
});

test("heights have bounds", () => {
  const frame = frameOf(put({ src: SRC }));
  hear({ type: "layercake:resize", height: 1e9 }, frame.contentWindow);
  expect(frame.style.height).toBe("4000px");
  hear({ type: "layercake:resize", height: -5 }, frame.contentWindow);
  expect(frame.style.height).toBe("120px");
});

test("only the own frame is listened to", () => {
  const [one, other] = [frameOf(put({ src: SRC })), frameOf(put({ src: SRC }))];
  hear({ type: "layercake:resize", height: 700 }, other.contentWindow);
  hear({ type: "layercake:resize", height: 800 }, window);
  expect([one.style.height, other.style.height]).toEqual(["600px", "700px"]);
});

test("a height that the page gives stays", () => {
  const frame = frameOf(put({ src: SRC, height: "420" }));
  hear({ type: "layercake:resize", height: 700 }, frame.contentWindow);
  expect(frame.style.height).toBe("420px");
});

test("a taken-out element listens no more, and one put back plays again", () => {
  const element = put({ src: SRC });
  element.remove();
  expect(element.querySelector("iframe")).toBeNull();
  document.body.append(element);
  expect(frameOf(element).src).toBe(SRC);
});
