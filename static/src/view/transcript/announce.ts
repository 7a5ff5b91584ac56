/** Which of what happened is worth reading out. */
import type { Discovery } from "../../scene/discoveries";
import type { Entry } from "./log";

/** The milestones after a position, as sentences, in order. */
export function newMilestones(entries: readonly Entry[], after: number): string[] {
  const fresh: string[] = [];
  for (let index = entries.length - 1; index >= 0; index -= 1) {
    const entry = entries[index];
    if (!entry || entry.seq <= after) break;
    if (entry.tone === "milestone") fresh.unshift(entry.text);
  }
  return fresh;
}

export function foundKeys(discoveries: readonly Discovery[]): ReadonlySet<string> {
  return new Set(discoveries.filter((row) => row.found).map((row) => row.key));
}
