/** xterm.js as a screen: fetched when the first terminal opens, coloured by the page's tokens. */
import { FitAddon } from "@xterm/addon-fit";
import { Terminal, type ITheme } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";

import { allowSpanStyles, documentWithNonce, withStampedStyles } from "./nonce-document";
import type { PageScreen } from "./shells.svelte";
import type { Size } from "./terminals";

export interface ScreenOptions {
  readonly nonce: string;
  readonly readOnly: boolean;
  readonly screenReader: boolean;
  readonly label: string;
  /** Ctrl+Shift+Escape was pressed: the learner wants out, to the next thing on the page. */
  readonly leave: () => void;
}

export interface XtermScreen extends PageScreen {
  setScreenReader(on: boolean): void;
  recolour(): void;
}

export function xtermScreen(options: ScreenOptions): XtermScreen {
  allowSpanStyles();
  const element = document.createElement("div");
  element.className = "terminal-screen";
  const terminal = new Terminal({
    documentOverride: documentWithNonce(document, options.nonce),
    fontFamily: token("--mono"),
    fontSize: 13,
    lineHeight: 1.2,
    scrollback: 2000,
    cursorBlink: false,
    disableStdin: options.readOnly,
    screenReaderMode: options.screenReader,
    minimumContrastRatio: 4.5,
    theme: colours(),
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.attachCustomKeyEventHandler(
    (event) => !isClipboardKey(event, terminal) && keepKey(event, options.leave),
  );
  let opened = false;
  return {
    element,
    get size(): Size {
      return { columns: Math.max(10, terminal.cols), rows: Math.max(2, terminal.rows) };
    },
    write: (text) => terminal.write(text),
    onKeys: (typed) => void terminal.onData(typed),
    onResize: (resized) =>
      void terminal.onResize(({ cols, rows }) =>
        resized({ columns: Math.max(10, cols), rows: Math.max(2, rows) }),
      ),
    fit() {
      if (!element.isConnected || element.clientWidth === 0) return;
      if (!opened) {
        withStampedStyles(options.nonce, () => terminal.open(element));
        terminal.textarea?.setAttribute("aria-label", options.label);
        opened = true;
      }
      fit.fit();
    },
    focus: () => terminal.focus(),
    setScreenReader: (on) => (terminal.options.screenReaderMode = on),
    recolour: () => (terminal.options.theme = colours()),
    dispose() {
      terminal.dispose();
      element.remove();
    },
  };
}

/**
 * Ctrl+V pastes and Ctrl+C copies what is marked, as everywhere on the page; with nothing marked,
 * Ctrl+C is the shell's. What is not kept from the browser it does by itself.
 */
function isClipboardKey(event: KeyboardEvent, terminal: Terminal): boolean {
  if (event.type !== "keydown" || !event.ctrlKey || event.altKey || event.metaKey) return false;
  const key = event.key.toLowerCase();
  const copies = key === "c" && terminal.hasSelection();
  // Once copied the mark goes, so that the next Ctrl+C ends what runs.
  if (copies) setTimeout(() => terminal.clearSelection());
  return copies || key === "v";
}

// Tab belongs to the shell, so there has to be another way out by keyboard (WCAG 2.1.2).
function keepKey(event: KeyboardEvent, leave: () => void): boolean {
  const out = event.key === "Escape" && event.shiftKey;
  if (out && event.type === "keydown") {
    event.preventDefault();
    leave();
  }
  return !out;
}

function colours(): ITheme {
  const ground = token("--surface");
  const ink = token("--ink");
  return {
    background: ground,
    foreground: ink,
    cursor: token("--warm-ink"),
    cursorAccent: ground,
    selectionBackground: token("--accent-soft"),
    selectionForeground: ink,
  };
}

// A token may be written with light-dark(), which only a drawn element resolves.
function token(name: string): string {
  const probe = document.createElement("span");
  if (name === "--mono") return getComputedStyle(document.documentElement).getPropertyValue(name);
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}
