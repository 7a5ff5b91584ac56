/** The panes of a container's panel, and which of them a state has. */
export type Pane = "shell" | "log" | "command" | "files" | "inspect";

export const PANES: readonly { readonly pane: Pane; readonly word: string }[] = [
  { pane: "shell", word: "Shell" },
  { pane: "log", word: "Log" },
  { pane: "command", word: "Command" },
  { pane: "files", word: "Files" },
  { pane: "inspect", word: "Inspect" },
];

/** What to show first: a running container has something to say, a changed one something to show. */
export function firstPane(changes: number, running: boolean): Pane {
  return !running && changes > 0 ? "files" : "log";
}
