/**
 * What the editor shows beside and under the text: diagnoses as marks, underlines and a readable
 * card on hover, and the newest build's steps. Everything travels with the text as it is edited.
 */
import {
  RangeSetBuilder,
  StateEffect,
  StateField,
  type EditorState,
  type Extension,
} from "@codemirror/state";
import {
  Decoration,
  EditorView,
  GutterMarker,
  gutter,
  hoverTooltip,
  type DecorationSet,
  type Tooltip,
} from "@codemirror/view";
import type { Diagnosis, Fix, Severity } from "../../events/generated";
import type { StepState } from "../../scene/types";
import { diagnosisCard } from "./card";
import { glyph } from "./glyphs";
import { NO_ANNOTATIONS, stateWord, type Annotations } from "./marks";

export interface Hooks {
  fix(fix: Fix): void;
  /** A mark in the gutter was clicked. */
  show(diagnosis: Diagnosis): void;
}

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, hint: 2 };

export const annotate = StateEffect.define<Annotations>();

interface Held {
  readonly annotations: Annotations;
  readonly decorations: DecorationSet;
}

const field = StateField.define<Held>({
  create: () => ({ annotations: NO_ANNOTATIONS, decorations: Decoration.none }),
  update(held, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(annotate)) {
        return { annotations: effect.value, decorations: drawn(effect.value, transaction.state) };
      }
    }
    if (!transaction.docChanged) return held;
    return { ...held, decorations: held.decorations.map(transaction.changes) };
  },
  provide: (self) => EditorView.decorations.from(self, (held) => held.decorations),
});

/** The worst diagnosis that begins on a line. */
export function diagnosisOn(state: EditorState, line: number): Diagnosis | null {
  const here = state.field(field).annotations.diagnoses.filter((each) => each.line === line);
  return here.sort((a, b) => RANK[a.severity] - RANK[b.severity])[0] ?? null;
}

/** Lines with a diagnosis, in order. */
export function problemLines(state: EditorState): number[] {
  const lines = state.field(field).annotations.diagnoses.map((each) => each.line ?? 1);
  return [...new Set(lines)].sort((a, b) => a - b);
}

export function annotations(hooks: Hooks): Extension {
  return [field, diagnosisGutter(hooks), stepGutter, card(hooks)];
}

function drawn(from: Annotations, state: EditorState): DecorationSet {
  const lines = state.doc.lines;
  const failed = new Set(
    from.marks.filter((mark) => mark.state === "failed").map((mark) => mark.line),
  );
  const worst = new Map<number, Severity>();
  for (const { line, line_end: end, severity } of from.diagnoses) {
    if (line === null) continue;
    for (let at = line; at <= Math.min(end ?? line, lines); at += 1) {
      const before = worst.get(at);
      if (before === undefined || RANK[severity] < RANK[before]) worst.set(at, severity);
    }
  }
  const builder = new RangeSetBuilder<Decoration>();
  for (const number of [...new Set([...failed, ...worst.keys()])].sort((a, b) => a - b)) {
    if (number < 1 || number > lines) continue;
    const line = state.doc.line(number);
    if (failed.has(number)) builder.add(line.from, line.from, failedLine);
    const severity = worst.get(number);
    const start = line.from + (line.text.length - line.text.trimStart().length);
    const end = line.from + line.text.trimEnd().length;
    if (severity && end > start) builder.add(start, end, underline[severity]);
  }
  return builder.finish();
}

const failedLine = Decoration.line({ class: "cm-failedLine" });
const underline: Readonly<Record<Severity, Decoration>> = {
  error: Decoration.mark({ class: "cm-problem-error" }),
  warning: Decoration.mark({ class: "cm-problem-warning" }),
  hint: Decoration.mark({ class: "cm-problem-hint" }),
};

class DiagnosisMarker extends GutterMarker {
  constructor(private readonly diagnosis: Diagnosis) {
    super();
  }
  override eq(other: GutterMarker): boolean {
    return other instanceof DiagnosisMarker && other.diagnosis === this.diagnosis;
  }
  override toDOM(): Node {
    const mark = glyph(this.diagnosis.severity);
    mark.title = `${this.diagnosis.severity}: ${this.diagnosis.title}`;
    return mark;
  }
}

class StepMarker extends GutterMarker {
  constructor(
    private readonly step: number,
    private readonly state: StepState | null,
  ) {
    super();
  }
  override eq(other: GutterMarker): boolean {
    return other instanceof StepMarker && other.step === this.step && other.state === this.state;
  }
  override toDOM(): Node {
    const mark = this.state === null ? document.createElement("span") : glyph(this.state);
    mark.classList.add("step-mark");
    if (this.state === null) mark.textContent = String(this.step);
    mark.title = `Step ${this.step}${this.state === null ? "" : `: ${stateWord(this.state)}`}`;
    return mark;
  }
}

function diagnosisGutter(hooks: Hooks): Extension {
  return gutter({
    class: "cm-diagnosisGutter",
    lineMarker(view, block) {
      const diagnosis = diagnosisOn(view.state, view.state.doc.lineAt(block.from).number);
      return diagnosis ? new DiagnosisMarker(diagnosis) : null;
    },
    lineMarkerChange: (update) => changed(update.startState, update.state) || update.docChanged,
    domEventHandlers: {
      mousedown(view, block) {
        const diagnosis = diagnosisOn(view.state, view.state.doc.lineAt(block.from).number);
        if (diagnosis) hooks.show(diagnosis);
        return diagnosis !== null;
      },
    },
  });
}

const stepGutter = gutter({
  class: "cm-stepGutter",
  lineMarker(view, block) {
    const held = view.state.field(field).annotations;
    const number = view.state.doc.lineAt(block.from).number;
    const mark = held.marks.find((each) => each.line === number);
    if (mark) return new StepMarker(mark.step, mark.state);
    const planned = held.planned.find((each) => each.line === number);
    return planned ? new StepMarker(planned.step, null) : null;
  },
  lineMarkerChange: (update) => changed(update.startState, update.state),
});

function changed(before: EditorState, after: EditorState): boolean {
  return before.field(field).annotations !== after.field(field).annotations;
}

function card(hooks: Hooks): Extension {
  return hoverTooltip((view, position): Tooltip | null => {
    const line = view.state.doc.lineAt(position);
    const here = view.state
      .field(field)
      .annotations.diagnoses.filter(
        (each) =>
          each.line !== null &&
          each.line <= line.number &&
          (each.line_end ?? each.line) >= line.number,
      );
    if (here.length === 0) return null;
    return {
      pos: line.from,
      end: line.to,
      create: () => ({ dom: diagnosisCard(here, hooks.fix) }),
    };
  });
}
