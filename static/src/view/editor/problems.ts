/** Counting what was found, in words. */
import type { Diagnosis, Severity } from "../../events/generated";

export type Counts = Readonly<Record<Severity, number>>;

export function countsOf(problems: readonly Diagnosis[]): Counts {
  const count = (severity: Severity) =>
    problems.filter((each) => each.severity === severity).length;
  return { error: count("error"), warning: count("warning"), hint: count("hint") };
}

/** "1 error, 2 hints" or "No problems found". */
export function countWords(counts: Counts): string {
  const words = (["error", "warning", "hint"] as const)
    .filter((severity) => counts[severity] > 0)
    .map((severity) => `${counts[severity]} ${severity}${counts[severity] === 1 ? "" : "s"}`);
  return words.length === 0 ? "No problems found" : words.join(", ");
}

/** Each with a key of its own: one line may break one rule twice. */
export function keyed(problems: readonly Diagnosis[]): { key: string; problem: Diagnosis }[] {
  const seen = new Map<string, number>();
  return problems.map((problem) => {
    const base = `${problem.code}:${problem.line ?? 0}`;
    const times = (seen.get(base) ?? 0) + 1;
    seen.set(base, times);
    return { key: times === 1 ? base : `${base}:${times}`, problem };
  });
}
