/** Every keyboard shortcut of the lab page in one table: what matches, and what the help sheet says. */
import { timelineKeyOf, type TimelineKey } from "../timeline/keys";

export type Shortcut =
  | TimelineKey
  | "build"
  | "run"
  | "shell"
  | "previous"
  | "next"
  | "stop"
  | "remove"
  | "compare"
  | "theme"
  | "present"
  | "steps"
  | "container"
  | "discoveries"
  | "transcript"
  | "command"
  | "help"
  | "close";

export interface Row {
  readonly shortcut: Shortcut;
  /** As shown; several are alternatives. */
  readonly keys: readonly string[];
  readonly does: string;
  /** True when it changes the lab, which only its owner may. */
  readonly owner: boolean;
}

export const SHORTCUTS: readonly Row[] = [
  {
    shortcut: "build",
    keys: ["Ctrl+Enter", "⌘+Enter"],
    does: "Build the image, from anywhere",
    owner: true,
  },
  { shortcut: "run", keys: ["r"], does: "Run a container from the image in focus", owner: true },
  { shortcut: "next", keys: ["]"], does: "Select the next container", owner: false },
  { shortcut: "previous", keys: ["["], does: "Select the container before", owner: false },
  { shortcut: "shell", keys: ["s"], does: "Open a shell in the selected container", owner: true },
  { shortcut: "command", keys: ["/"], does: "Go to “run a command in it”", owner: true },
  { shortcut: "stop", keys: ["x"], does: "Stop the selected container", owner: true },
  {
    shortcut: "remove",
    keys: ["Delete"],
    does: "Remove the selected container (asks first)",
    owner: true,
  },
  { shortcut: "steps", keys: ["1"], does: "Show the build’s steps", owner: false },
  { shortcut: "container", keys: ["2"], does: "Show the selected container", owner: false },
  { shortcut: "discoveries", keys: ["3"], does: "Show the discoveries", owner: false },
  { shortcut: "transcript", keys: ["4"], does: "Show the transcript", owner: false },
  {
    shortcut: "present",
    keys: ["p"],
    does: "Present: the stage takes the whole page",
    owner: false,
  },
  { shortcut: "theme", keys: ["t"], does: "Change between light and dark", owner: false },
  { shortcut: "play", keys: ["Space"], does: "Play the tape, or pause it", owner: false },
  { shortcut: "event-back", keys: ["←"], does: "One event back on the tape", owner: false },
  { shortcut: "event-forward", keys: ["→"], does: "One event forth", owner: false },
  {
    shortcut: "step-back",
    keys: ["Shift+←", "Ctrl+←"],
    does: "One step back: the last thing worth seeing",
    owner: false,
  },
  { shortcut: "step-forward", keys: ["Shift+→", "Ctrl+→"], does: "One step forth", owner: false },
  { shortcut: "start", keys: ["Home"], does: "To the beginning of the tape", owner: false },
  { shortcut: "end", keys: ["End"], does: "To its end", owner: false },
  { shortcut: "slower", keys: [","], does: "Play slower", owner: false },
  { shortcut: "faster", keys: ["."], does: "Play faster", owner: false },
  { shortcut: "live", keys: ["l"], does: "Back from the past to live", owner: false },
  {
    shortcut: "compare",
    keys: ["c"],
    does: "Compare from this moment on, or stop comparing",
    owner: false,
  },
  { shortcut: "help", keys: ["?"], does: "Open this sheet", owner: false },
  { shortcut: "close", keys: ["Esc"], does: "Close what is open, unselect", owner: false },
];

/** What is asked of a key event; a DOM KeyboardEvent fits. */
export interface Key {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey?: boolean;
  readonly isComposing?: boolean;
  readonly repeat?: boolean;
}

const SINGLE: Readonly<Record<string, Shortcut>> = {
  r: "run",
  s: "shell",
  "[": "previous",
  "]": "next",
  x: "stop",
  Delete: "remove",
  c: "compare",
  t: "theme",
  p: "present",
  "1": "steps",
  "2": "container",
  "3": "discoveries",
  "4": "transcript",
  "/": "command",
  "?": "help",
  Escape: "close",
};

/**
 * The shortcut that a key means, or null. While the learner types only Ctrl/⌘+Enter counts;
 * `single` is false for who has switched single keys off (speech input types letters).
 */
export function shortcutOf(key: Key, typing: boolean, single = true): Shortcut | null {
  // Many keyboards write brackets with AltGr, which arrives as Ctrl and Alt held down.
  const bracket = key.altKey && (key.key === "[" || key.key === "]");
  if (key.isComposing || (key.altKey && !bracket)) return null;
  const moment = typing ? null : timelineShortcut(key, single);
  if (moment !== null) return moment;
  const control = (key.ctrlKey || key.metaKey) && !bracket;
  if (control) return key.key === "Enter" && !key.repeat ? "build" : null;
  if (typing || key.repeat) return null;
  const shortcut = SINGLE[key.key.length === 1 ? key.key.toLowerCase() : key.key] ?? null;
  return single || shortcut === "close" || shortcut === "help" ? shortcut : null;
}

/** Held down, a key goes on through the tape. Paging is left to what scrolls. */
function timelineShortcut(key: Key, single: boolean): TimelineKey | null {
  const moment = timelineKeyOf(key);
  if (moment === null || key.key.startsWith("Page")) return null;
  if (key.key.length === 1 && (!single || key.repeat)) return null;
  return moment;
}

/** True when arrows and the space bar belong to the element: a button, a list, a box that scrolls. */
export function keepsArrows(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  return (
    target.closest("button, a[href], summary, [role=tab], [role=separator], [tabindex='0']") !==
    null
  );
}

/** True when keys belong to the element: a field, the editor, a terminal, an open dialog's field. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  return (
    target.closest("input, textarea, select, [contenteditable=true], .cm-editor, .xterm") !== null
  );
}
