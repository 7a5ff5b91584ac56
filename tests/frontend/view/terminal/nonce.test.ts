// @vitest-environment jsdom
import { expect, it } from "vitest";

import {
  allowSpanStyles,
  documentWithNonce,
  withStampedStyles,
} from "@/view/terminal/nonce-document";

it("style elements that xterm makes carry the page's nonce", () => {
  const stamped = documentWithNonce(document, "abc");
  expect(stamped.createElement("style").nonce).toBe("abc");
  expect(stamped.body).toBe(document.body);
  expect(stamped.createTextNode("x").textContent).toBe("x");
});

it("a style attribute goes through the style object, any other attribute as ever", () => {
  const element = documentWithNonce(document, "abc").createElement("span");
  element.setAttribute("style", "color: red;");
  element.setAttribute("title", "x");
  expect(element.style.color).toBe("red");
  expect(element.title).toBe("x");
});

it("a span of the page's own document is styled through the style object too", () => {
  const styles: string[] = [];
  const plain = Element.prototype.setAttribute;
  Element.prototype.setAttribute = function (name, value) {
    styles.push(name);
    plain.call(this, name, value);
  };
  allowSpanStyles();
  allowSpanStyles();
  const span = document.createElement("span");
  span.setAttribute("style", "color: red;");
  span.setAttribute("title", "x");
  Element.prototype.setAttribute = plain;
  expect(span.style.color).toBe("red");
  expect(styles).toEqual(["title"]);
});

it("the page's own document is stamped only while the work runs, also when it fails", () => {
  withStampedStyles("abc", () => {
    expect(document.createElement("style").nonce).toBe("abc");
  });
  expect(document.createElement("style").nonce).toBe("");
  expect(() =>
    withStampedStyles("abc", () => {
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(document.createElement("style").nonce).toBe("");
});
