/** How the editor looks: only tokens, so that it follows light and dark by itself. */
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const theme = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--surface)" },
  // The ring is drawn by the area around, above the gutters.
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": {
    fontFamily: "var(--mono)",
    fontSize: "var(--editor-size, 13.5px)",
    lineHeight: "1.6",
  },
  ".cm-content": { padding: "8px 0", caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  ".cm-line": { padding: "0 12px 0 6px" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--ink-2)", border: "none" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 6px 0 4px", minWidth: "28px" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--accent-soft) 45%, transparent)" },
  ".cm-activeLineGutter": {
    backgroundColor: "transparent",
    color: "var(--ink)",
    fontWeight: "650",
  },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground":
    { backgroundColor: "var(--selection, rgb(0 114 178 / 26%))" },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": {
    backgroundColor: "var(--surface-3)",
    outline: "1px solid var(--line-strong)",
  },
  ".cm-specialChar": { color: "var(--bad)", fontWeight: "700" },
  ".cm-failedLine": { backgroundColor: "var(--bad-soft)", boxShadow: "inset 3px 0 0 var(--bad)" },
  ".cm-problem-error": { textDecoration: "underline wavy var(--bad)", textUnderlineOffset: "3px" },
  ".cm-problem-warning": {
    textDecoration: "underline wavy var(--warm-ink)",
    textUnderlineOffset: "3px",
  },
  ".cm-problem-hint": {
    textDecoration: "underline dotted var(--accent)",
    textUnderlineOffset: "3px",
  },
  ".cm-diagnosisGutter": { width: "20px" },
  ".cm-diagnosisGutter .cm-gutterElement": { cursor: "pointer" },
  ".cm-stepGutter": { width: "30px" },
  ".cm-stepGutter .cm-gutterElement": { textAlign: "center" },
  ".cm-tooltip": {
    border: "1px solid var(--line-strong)",
    borderRadius: "var(--radius)",
    backgroundColor: "var(--surface)",
    color: "var(--ink)",
    boxShadow: "var(--shadow-high)",
    maxWidth: "min(420px, 90vw)",
  },
});

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--accent)", fontWeight: "650" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--good)" },
  { tag: tags.comment, color: "var(--ink-2)", fontStyle: "italic" },
  { tag: [tags.number, tags.bool, tags.atom], color: "var(--bad)" },
  {
    tag: [tags.definition(tags.variableName), tags.function(tags.variableName)],
    fontWeight: "600",
  },
]);

export const look: Extension = [theme, syntaxHighlighting(colours)];
