/** What the address of an embed asks for: each word read leniently, and nonsense passed over. */
import { parseMoment, type Moment } from "../../timeline/moment";

export interface Asked {
  /** Where to begin; null is the recording's own beginning. */
  readonly start: Moment | null;
  /** 1 is the usual pace. */
  readonly speed: number;
  /** Null follows what the system prefers. */
  readonly theme: "light" | "dark" | null;
  readonly autoplay: boolean;
  /** Whether the timeline is drawn; without it there is one button. */
  readonly controls: boolean;
}

const SLOWEST = 0.5;
const FASTEST = 4;

export function readQuery(search: string): Asked {
  const query = new URLSearchParams(search);
  const theme = query.get("theme")?.trim().toLowerCase();
  return {
    start: parseMoment(query.get("t")),
    speed: speedOf(query.get("speed")),
    theme: theme === "light" || theme === "dark" ? theme : null,
    autoplay: flag(query.get("autoplay"), false),
    controls: flag(query.get("controls"), true),
  };
}

function speedOf(text: string | null): number {
  const speed = Number(text?.trim() || 1);
  return speed > 0 ? Math.min(FASTEST, Math.max(SLOWEST, speed)) : 1;
}

/** `autoplay` alone says yes, as it does in HTML. */
function flag(text: string | null, usual: boolean): boolean {
  const word = text?.trim().toLowerCase();
  if (word === undefined) return usual;
  if (["1", "true", "yes", "on", ""].includes(word)) return true;
  return ["0", "false", "no", "off"].includes(word) ? false : usual;
}
