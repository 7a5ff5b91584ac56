/** What each shortcut does on the lab page. */
import type { Shortcut } from "../help/shortcuts";
import { carryOutKey } from "../timeline/keys";
import type { Lab } from "./lab.svelte";

const MOMENTS: ReadonlySet<string> = new Set<Shortcut>([
  "play",
  "event-back",
  "event-forward",
  "step-back",
  "step-forward",
  "start",
  "end",
]);

/** True for what moves along the tape by keys that other parts of the page have a use for too. */
export function isMoment(shortcut: Shortcut | null): boolean {
  return shortcut !== null && MOMENTS.has(shortcut);
}

/** Carry a shortcut out; false when it means nothing now, so that the key stays the browser's. */
export function carryOut(shortcut: Shortcut, lab: Lab): boolean {
  const container = lab.container;
  switch (shortcut) {
    case "build":
      void lab.startBuild();
      return true;
    case "run":
      if (lab.runReason !== null) lab.commander.mention(lab.runReason, "");
      else void lab.run();
      return true;
    case "next":
      lab.selectNeighbour(1);
      return true;
    case "previous":
      lab.selectNeighbour(-1);
      return true;
    case "shell":
    case "stop":
    case "remove":
      if (!container) return lab.mentionNoContainer();
      void lab.act(shortcut, container.id);
      return true;
    case "command":
      if (!container) return lab.mentionNoContainer();
      lab.showPane(container.id, "command");
      lab.arrangement.show("container");
      requestAnimationFrame(() =>
        document.querySelector<HTMLElement>("[data-focus=command]")?.focus(),
      );
      return true;
    case "steps":
    case "container":
    case "discoveries":
    case "transcript":
      lab.arrangement.show(shortcut);
      return true;
    case "theme":
      lab.arrangement.toggleTheme();
      return true;
    case "present":
      lab.arrangement.present();
      return true;
    case "compare":
      if (lab.comparing.pinned) lab.comparing.stop();
      else lab.comparing.pin(lab.snapshot);
      return true;
    case "help":
      lab.arrangement.open("help");
      return true;
    case "close":
      return close(lab);
    default:
      carryOutKey(shortcut, lab.playback);
      return true;
  }
}

function close(lab: Lab): boolean {
  if (lab.tourStep !== null) lab.closeTour();
  else if (lab.comparing.pinned) lab.comparing.stop();
  else if (lab.arrangement.now.presenting) lab.arrangement.present(false);
  else if (lab.selected !== null) lab.unselect();
  else return false;
  return true;
}
