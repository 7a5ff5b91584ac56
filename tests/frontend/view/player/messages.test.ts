import { expect, test } from "vitest";

import { teller } from "@/view/player/messages";

function around() {
  const told: unknown[] = [];
  return { told, postMessage: (message: unknown) => void told.push(message) };
}

test("a height is told in our own words, in Canvas's and in OpenLearning's", () => {
  const page = around();
  teller(page, "first-image")(639.2);
  expect(page.told).toEqual([
    { type: "layercake:resize", height: 640, id: "first-image" },
    { subject: "lti.frameResize", height: 640 },
    '{"action":"resize","height":640}',
  ]);
});

test("the same height is told once, and another one again", () => {
  const page = around();
  const tell = teller(page, "");
  for (const height of [640, 640, 639.7, 641, 641, 640]) tell(height);
  const own = page.told.filter((each) => (each as { type?: string }).type);
  expect(own.map((each) => (each as { height: number }).height)).toEqual([640, 641, 640]);
});

test("no height is no message, and a page that is in no frame has nobody to tell", () => {
  const page = around();
  teller(page, "")(0);
  teller(page, "")(Number.NaN);
  expect(page.told).toEqual([]);
  expect(() => teller(null, "")(640)).not.toThrow();
});
