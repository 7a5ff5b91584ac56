/** CodeMirror as this page uses it: one view, a state of its own (with its undo) for every file. */
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, indentUnit } from "@codemirror/language";
import { Compartment, EditorState, Prec, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import type { Diagnosis, Fix } from "../../events/generated";
import { annotate, annotations, problemLines } from "./annotations";
import { replacement } from "./fix";
import { loadMode, modeAtHand } from "./languages";
import { look } from "./look";
import type { Annotations } from "./marks";
import { modeOf } from "./mode";

export interface EditorOptions {
  readonly parent: HTMLElement;
  readonly nonce: string;
  readonly readOnly: boolean;
  readonly changed: (path: string, text: string) => void;
  readonly problemClicked: (diagnosis: Diagnosis) => void;
}

// Left to itself, Chrome carries the old text's look over with a style attribute when a selection is
// typed over, which the page's policy forbids.
const typedOver = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { selection, readOnly } = view.state;
    const typed = event.inputType === "insertText" && event.data !== null;
    if (!typed || readOnly || view.composing || selection.main.empty) return false;
    const change = view.state.replaceSelection(event.data ?? "");
    view.dispatch(change, { userEvent: "input.type", scrollIntoView: true });
    event.preventDefault();
    return true;
  },
});

export class CodeEditor {
  readonly #view: EditorView;
  readonly #states = new Map<string, EditorState>();
  readonly #mode = new Compartment();
  #path = "";

  constructor(private readonly options: EditorOptions) {
    // The nonce must be there from the first state on: the style elements are made with it.
    const extensions = [EditorView.cspNonce.of(options.nonce), look];
    this.#view = new EditorView({
      parent: options.parent,
      state: EditorState.create({ extensions }),
    });
  }

  /** Show a file; its undo history comes back with it. Text that changed outside replaces it. */
  show(path: string, text: string): void {
    if (this.#path !== "" && this.#path !== path) this.#states.set(this.#path, this.#view.state);
    if (this.#path !== path) {
      this.#path = path;
      this.#view.setState(this.#states.get(path) ?? this.#fresh(path, text));
      void this.#loadMode(path);
    }
    if (textOf(this.#view.state) !== text) this.#replaceAll(text);
  }

  /** Forget a file's undo: it was removed, or renamed (then under its new name it starts anew). */
  forget(path: string): void {
    this.#states.delete(path);
    if (this.#path === path) this.#path = "";
  }

  annotate(what: Annotations): void {
    this.#view.dispatch({ effects: annotate.of(what) });
  }

  /** Apply a fix as one undoable edit; false when the text no longer has those lines. */
  fix(fix: Fix): boolean {
    const change = replacement(this.#view.state.doc.toString(), fix);
    if (!change || this.options.readOnly) return false;
    this.#view.dispatch({
      changes: change,
      selection: { anchor: change.from + change.insert.replace(/\n$/, "").length },
      scrollIntoView: true,
      userEvent: "input.fix",
    });
    this.#view.focus();
    return true;
  }

  /** Bring a line into view with the cursor on it. */
  reveal(line: number, focus = true): void {
    const { doc } = this.#view.state;
    const at = doc.line(Math.min(Math.max(1, line), doc.lines)).from;
    this.#view.dispatch({
      selection: { anchor: at },
      effects: EditorView.scrollIntoView(at, { y: "center" }),
    });
    if (focus) this.#view.focus();
  }

  /** Stand in for a plain field: its selection, its scrolling and, if it had it, the focus. */
  takeOver(field: HTMLTextAreaElement): void {
    const { length } = this.#view.state.doc;
    const anchor = Math.min(field.selectionStart, length);
    const head = Math.min(field.selectionEnd, length);
    const { scrollTop, scrollLeft } = field;
    this.#view.dispatch({ selection: { anchor, head } });
    if (document.activeElement === field) this.#view.focus();
    this.#view.scrollDOM.scrollTo({ top: scrollTop, left: scrollLeft });
  }

  destroy(): void {
    this.#view.destroy();
  }

  #fresh(path: string, text: string): EditorState {
    // A file whose lines all end in CRLF keeps them; anything else is edited as LF.
    const crlf = /\r\n/.test(text) && !/(^|[^\r])\n/.test(text);
    return EditorState.create({
      doc: text,
      extensions: [
        this.#extensions(path),
        crlf ? EditorState.lineSeparator.of("\r\n") : [],
        this.#mode.of(modeAtHand(modeOf(path)) ?? []),
      ],
    });
  }

  #extensions(path: string): Extension {
    const { readOnly, nonce } = this.options;
    return [
      EditorView.cspNonce.of(nonce),
      annotations({ fix: (fix) => this.fix(fix), show: this.options.problemClicked }),
      lineNumbers(),
      highlightActiveLineGutter(),
      highlightSpecialChars(),
      history(),
      drawSelection(),
      bracketMatching(),
      readOnly ? [] : highlightActiveLine(),
      indentUnit.of("    "),
      EditorState.readOnly.of(readOnly),
      EditorView.editable.of(!readOnly),
      EditorView.contentAttributes.of({
        "aria-label": `Text of ${path}`,
        tabindex: "0",
        ...(readOnly ? { "aria-readonly": "true" } : {}),
      }),
      Prec.high(keymap.of(this.#keys())),
      keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
      look,
      typedOver,
      EditorView.updateListener.of((update) => {
        if (update.docChanged && this.#path === path) {
          this.options.changed(path, textOf(update.state));
        }
      }),
    ];
  }

  #keys() {
    return [
      // The page builds on this key; CodeMirror would add a line.
      { key: "Mod-Enter", run: () => true },
      { key: "F8", run: () => this.#jump(1) },
      { key: "Shift-F8", run: () => this.#jump(-1) },
    ];
  }

  #jump(by: 1 | -1): boolean {
    const lines = problemLines(this.#view.state);
    const { state } = this.#view;
    const here = state.doc.lineAt(state.selection.main.head).number;
    const next =
      by === 1
        ? (lines.find((line) => line > here) ?? lines[0])
        : (lines.findLast((line) => line < here) ?? lines.at(-1));
    if (next !== undefined) this.reveal(next);
    return next !== undefined;
  }

  #replaceAll(text: string): void {
    const { doc } = this.#view.state;
    this.#view.dispatch({ changes: { from: 0, to: doc.length, insert: text } });
  }

  async #loadMode(path: string): Promise<void> {
    const mode = await loadMode(modeOf(path)).catch(() => []);
    if (this.#path !== path) return;
    this.#view.dispatch({ effects: this.#mode.reconfigure(mode) });
  }
}

function textOf(state: EditorState): string {
  return state.sliceDoc();
}
