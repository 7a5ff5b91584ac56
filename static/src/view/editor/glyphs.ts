/**
 * The small marks in the editor's gutters, drawn as SVG nodes: CodeMirror's own come as data: URLs,
 * which the page's policy does not allow.
 */
import type { Severity } from "../../events/generated";
import type { StepState } from "../../scene/types";

const SVG = "http://www.w3.org/2000/svg";

const PATHS: Readonly<Record<Severity | StepState, string>> = {
  error: "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13zM5.5 5.5l5 5M10.5 5.5l-5 5",
  warning: "M8 2L14.5 13.5H1.5ZM8 6.5v3.2M8 11.6v.4",
  hint: "M5.5 9.5a4 4 0 1 1 5 0c-.6.5-.8 1-.8 1.7h-3.4c0-.7-.2-1.2-.8-1.7zM6.5 13.8h3",
  waiting: "M8 3a5 5 0 1 0 0 10a5 5 0 0 0 0-10z",
  running: "M8 2.5a5.5 5.5 0 1 1-5.5 5.5",
  cached: "M2.5 8a5.5 5.5 0 1 0 1.8-4M2.5 2.5v3h3M8 5v3l2 1.5",
  done: "M3 8.5l3.2 3.2L13 5",
  failed: "M4 4l8 8M12 4l-8 8",
  skipped: "M4 8h8",
  stopped: "M4.5 4.5h7v7h-7z",
};

/** A mark of 14 px; the caller gives it its words (`title`). */
export function glyph(name: Severity | StepState): HTMLElement {
  const holder = document.createElement("span");
  holder.className = `glyph ${name}`;
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  holder.append(svg);
  return holder;
}
