/** How the page is divided: which panel is open, what is folded away, remembered for the next visit. */
import type { Memory } from "./storage";

export type Tab = "steps" | "container" | "discoveries" | "transcript";
/** What a narrow page shows; a wide one shows files, stage and dock together. */
export type Section = "files" | "stage" | "containers" | "discoveries";
export type Theme = "light" | "dark";

export interface Layout {
  readonly tab: Tab;
  readonly section: Section;
  /** The stage has the page to itself. */
  readonly presenting: boolean;
  readonly dockOpen: boolean;
  /** Share of the page's width that the files take, in per cent. */
  readonly filesWidth: number;
  /** Share of that column's height that the dock beneath the files takes, in per cent. */
  readonly dockHeight: number;
}

/** Bounds of the two shares, in per cent. */
export const LEAST_FILES = 26;
export const MOST_FILES = 60;
export const LEAST_DOCK = 16;
export const MOST_DOCK = 76;

const FIRST: Layout = {
  tab: "discoveries",
  section: "files",
  presenting: false,
  dockOpen: true,
  filesWidth: 38,
  dockHeight: 44,
};

export function recalled(memory: Memory): Layout {
  return {
    ...FIRST,
    filesWidth: share(memory.get("files-width"), FIRST.filesWidth, LEAST_FILES, MOST_FILES),
    dockHeight: share(memory.get("dock-height"), FIRST.dockHeight, LEAST_DOCK, MOST_DOCK),
  };
}

/** Keep what is a lasting wish; which tab is open is not one. */
export function remember(memory: Memory, layout: Layout): void {
  memory.set("files-width", String(Math.round(layout.filesWidth)));
  memory.set("dock-height", String(Math.round(layout.dockHeight)));
}

/** A tab's panel in front; on a narrow page the section that holds it. */
export function showTab(layout: Layout, tab: Tab): Layout {
  const section: Section =
    tab === "container" ? "containers" : tab === "discoveries" ? "discoveries" : "stage";
  return { ...layout, tab, section, dockOpen: true };
}

export function showSection(layout: Layout, section: Section): Layout {
  const tab: Tab =
    section === "containers"
      ? "container"
      : section === "discoveries"
        ? "discoveries"
        : layout.tab === "transcript"
          ? "transcript"
          : "steps";
  return { ...layout, section, tab: section === "files" ? layout.tab : tab, dockOpen: true };
}

export function present(layout: Layout, on: boolean): Layout {
  return { ...layout, presenting: on, dockOpen: !on, section: on ? "stage" : layout.section };
}

export function resizeFiles(layout: Layout, percent: number): Layout {
  return { ...layout, filesWidth: clamp(percent, LEAST_FILES, MOST_FILES) };
}

export function resizeDock(layout: Layout, percent: number): Layout {
  return { ...layout, dockHeight: clamp(percent, LEAST_DOCK, MOST_DOCK) };
}

/** The theme chosen on an earlier visit; null follows the system. */
export function recalledTheme(memory: Memory): Theme | null {
  const theme = memory.get("theme");
  return theme === "light" || theme === "dark" ? theme : null;
}

export function otherTheme(chosen: Theme | null, systemIsDark: boolean): Theme {
  const shown = chosen ?? (systemIsDark ? "dark" : "light");
  return shown === "dark" ? "light" : "dark";
}

function share(text: string | null, otherwise: number, least: number, most: number): number {
  const value = Number(text);
  return text === null || !Number.isFinite(value) ? otherwise : clamp(value, least, most);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
