/** CodeMirror's modes. Only the Dockerfile's comes with the page; others are fetched. */
import { StreamLanguage } from "@codemirror/language";
import { dockerFile } from "@codemirror/legacy-modes/mode/dockerfile";
import type { Extension } from "@codemirror/state";

import type { Mode } from "./mode";

const docker = StreamLanguage.define(dockerFile);

/** The Dockerfile's mode at once; null when the mode must be fetched or there is none. */
export function modeAtHand(mode: Mode): Extension | null {
  return mode === "dockerfile" ? docker : null;
}

export async function loadMode(mode: Mode): Promise<Extension> {
  switch (mode) {
    case "dockerfile":
      return docker;
    case "python":
      return StreamLanguage.define((await import("@codemirror/legacy-modes/mode/python")).python);
    case "shell":
      return StreamLanguage.define((await import("@codemirror/legacy-modes/mode/shell")).shell);
    case "javascript":
      return StreamLanguage.define(
        (await import("@codemirror/legacy-modes/mode/javascript")).javascript,
      );
    case "yaml":
      return StreamLanguage.define((await import("@codemirror/legacy-modes/mode/yaml")).yaml);
    case "plain":
      return [];
  }
}
