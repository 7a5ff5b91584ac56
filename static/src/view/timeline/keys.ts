/** The keys of the timeline: what each means, and what it does. */
import { SPEEDS, type Playback } from "../../timeline/playback";

export type TimelineKey =
  | "play"
  | "event-back"
  | "event-forward"
  | "step-back"
  | "step-forward"
  | "start"
  | "end"
  | "slower"
  | "faster"
  | "live";

/** What is asked of a key event; a DOM KeyboardEvent fits. */
export interface TimelineKeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey?: boolean;
}

const PLAIN: Readonly<Record<string, TimelineKey>> = {
  " ": "play",
  ArrowLeft: "event-back",
  ArrowRight: "event-forward",
  PageUp: "step-back",
  PageDown: "step-forward",
  Home: "start",
  End: "end",
  ",": "slower",
  ".": "faster",
  l: "live",
};

const WITH_SHIFT: Readonly<Record<string, TimelineKey>> = {
  ArrowLeft: "step-back",
  ArrowRight: "step-forward",
};

/** Null for a key that the timeline leaves to others. Alt and ⌘ with arrows are the browser's. */
export function timelineKeyOf(press: TimelineKeyPress): TimelineKey | null {
  if (press.altKey || press.metaKey) return null;
  if (press.shiftKey || press.ctrlKey) return WITH_SHIFT[press.key] ?? null;
  return PLAIN[press.key.length === 1 ? press.key.toLowerCase() : press.key] ?? null;
}

export function carryOutKey(key: TimelineKey, playback: Playback): void {
  switch (key) {
    case "play":
      return playback.toggle();
    case "event-back":
      return playback.stepEvent(-1);
    case "event-forward":
      return playback.stepEvent(1);
    case "step-back":
      return playback.stepStep(-1);
    case "step-forward":
      return playback.stepStep(1);
    case "start":
      return playback.toStart();
    case "end":
      return playback.toEnd();
    case "slower":
    case "faster":
      playback.speed = nextSpeed(playback.speed, key === "faster" ? 1 : -1);
      return;
    case "live":
      return playback.goLive();
  }
}

function nextSpeed(speed: number, by: 1 | -1): number {
  const next =
    by === 1 ? SPEEDS.find((each) => each > speed) : SPEEDS.findLast((each) => each < speed);
  return next ?? speed;
}
