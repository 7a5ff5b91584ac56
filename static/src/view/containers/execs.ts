/** The processes that were started in a container beside its main one. */
import type { Exec, Scene } from "../../scene/types";

/** The newest command without a terminal; null before the first. */
export function newestCommand(scene: Scene, container: string): Exec | null {
  let newest: Exec | null = null;
  for (const exec of Object.values(scene.execs)) {
    if (exec.container !== container || exec.terminal) continue;
    if (newest === null || exec.seq > newest.seq) newest = exec;
  }
  return newest;
}
