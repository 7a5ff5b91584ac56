/** How the page is arranged right now: panels, sizes, theme, dialogs. Thin: `layout.ts` decides. */
import type { Memory } from "./storage";
import {
  otherTheme,
  present,
  recalled,
  recalledTheme,
  remember,
  resizeDock,
  resizeFiles,
  showSection,
  showTab,
  type Layout,
  type Section,
  type Tab,
  type Theme,
} from "./layout";

export type DialogName = "run" | "help" | "share" | "engine" | "commit" | "rename" | "tag" | "push";

export class Arrangement {
  layout = $state.raw<Layout>();
  theme = $state.raw<Theme | null>(null);
  dialog = $state.raw<DialogName | null>(null);
  /** What the dialog is about: a container's id, an image's digest. */
  subject = $state.raw<string | null>(null);
  /** False for who types by voice and switched single-key shortcuts off. */
  singleKeys = $state.raw(true);

  constructor(
    private readonly memory: Memory,
    private readonly root: HTMLElement,
    private readonly systemIsDark: () => boolean,
  ) {
    this.layout = recalled(memory);
    this.theme = recalledTheme(memory);
    this.singleKeys = memory.get("single-keys") !== "off";
    this.#applyTheme();
  }

  get now(): Layout {
    return this.layout ?? recalled(this.memory);
  }

  show(tab: Tab): void {
    this.layout = showTab(this.now, tab);
  }

  showSection(section: Section): void {
    this.layout = showSection(this.now, section);
  }

  /** Bring a place of the tour into view, whatever the page's width. */
  showPlace(place: "files" | "stage" | "discoveries"): void {
    if (place === "discoveries") this.show("discoveries");
    else this.showSection(place);
  }

  toggleDock(): void {
    this.layout = { ...this.now, dockOpen: !this.now.dockOpen };
  }

  present(on = !this.now.presenting): void {
    this.layout = present(this.now, on);
  }

  resizeFiles(percent: number): void {
    this.#keep(resizeFiles(this.now, percent));
  }

  resizeDock(percent: number): void {
    this.#keep(resizeDock(this.now, percent));
  }

  toggleTheme(): void {
    this.theme = otherTheme(this.theme, this.systemIsDark());
    this.memory.set("theme", this.theme);
    this.#applyTheme();
  }

  get isDark(): boolean {
    return this.theme === null ? this.systemIsDark() : this.theme === "dark";
  }

  setSingleKeys(on: boolean): void {
    this.singleKeys = on;
    this.memory.set("single-keys", on ? "on" : "off");
  }

  open(dialog: DialogName, subject: string | null = null): void {
    this.dialog = dialog;
    this.subject = subject;
  }

  close(): void {
    this.dialog = null;
    this.subject = null;
  }

  #keep(layout: Layout): void {
    this.layout = layout;
    remember(this.memory, layout);
  }

  #applyTheme(): void {
    if (this.theme !== null) this.root.dataset["theme"] = this.theme;
  }
}
