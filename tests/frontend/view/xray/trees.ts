/** Answers of the X-ray's HTTP side, made up for a test. */
import type { XrayEntry, XrayPage, XraySummary } from "@/view/xray/answers";

export const SUMMARY: XraySummary = {
  size: 400,
  hidden: 0,
  wasted: 0,
  efficiency: 1,
  files: 4,
  added: 4,
  modified: 0,
  deleted: 0,
};

export function entry(path: string, more: Partial<XrayEntry> = {}): XrayEntry {
  return {
    path,
    name: path.split("/").at(-1) ?? "",
    kind: "file",
    state: "added",
    layer: null,
    size: 10,
    weight: 0,
    mode: 0o644,
    target: null,
    children: 0,
    hidden_by: null,
    copies: [],
    ...more,
  };
}

export const folder = (path: string, children = 1, more: Partial<XrayEntry> = {}): XrayEntry =>
  entry(path, { kind: "directory", children, ...more });

export function page(
  entries: readonly XrayEntry[],
  next: string | null = null,
  summary: Partial<XraySummary> = {},
): XrayPage {
  return { entries, next, summary: { ...SUMMARY, ...summary } };
}
