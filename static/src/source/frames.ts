/** Reading what the site says: a WebSocket message to a frame, an HTTP answer to events. */
import type { AnyEvent, AnyFrame, Problem } from "../events/generated";
import { problem } from "./source";
import { decodeEvent } from "./shape";

/** The frame, or null for what is none that this page knows. */
export function readFrame(data: unknown): AnyFrame | null {
  const frame = typeof data === "string" ? parse(data) : null;
  if (!isRecord(frame)) return null;
  switch (frame["frame"]) {
    case "hello":
      return Number.isSafeInteger(frame["seq"]) ? (frame as unknown as AnyFrame) : null;
    case "events":
      return { frame: "events", events: readEvents(frame["events"]) };
    case "done": {
      const result = isRecord(frame["result"]) ? frame["result"] : {};
      return { frame: "done", ref: String(frame["ref"] ?? ""), result };
    }
    case "error":
      return {
        frame: "error",
        ref: String(frame["ref"] ?? ""),
        error: readProblem(frame["error"]),
      };
    default:
      return null;
  }
}

/** The events of a list; what is no event is left out. */
export function readEvents(raw: unknown): AnyEvent[] {
  if (!Array.isArray(raw)) return [];
  return raw.map(decodeEvent).filter((event) => event !== null);
}

/** A problem as the site words it; one without words is still one. */
export function readProblem(raw: unknown): Problem {
  const said = isRecord(raw) ? raw : {};
  const word = (key: string): string => (typeof said[key] === "string" ? said[key] : "");
  return {
    code: word("code") || "unknown",
    title: word("title") || "The site did not say what went wrong.",
    why: word("why"),
    try: word("try"),
    engine_words: word("engine_words"),
  };
}

/** JSON, or undefined for what is none. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a socket's close code means, for those after which no further try makes sense. */
export function closeProblem(code: number): Problem | null {
  switch (code) {
    case CLOSE_UNKNOWN_LAB:
      return problem(
        "unknown-lab",
        "This lab is not there.",
        "Its address is mistyped, or the lab was not used for so long that it was cleared away.",
        "Check the address, or open a new lab.",
      );
    case CLOSE_FLOOD:
      return problem(
        "flood",
        "The site closed the connection.",
        "It got more commands from this page in a short time than it takes.",
        "Wait a moment, then connect again.",
      );
    case CLOSE_HANDED_OVER:
      return problem(
        "handed-over",
        "This lab was opened in Layercake.",
        "It goes on in the tab where that was done; from here it can only be watched now.",
        "Go on in that tab. Or load this page again, to begin a new lab here.",
      );
    default:
      return null;
  }
}

export const CLOSE_UNKNOWN_LAB = 4404;
export const CLOSE_HANDED_OVER = 4403;
export const CLOSE_FLOOD = 4008;
/** As many sockets as the site takes are open: a place may get free, but not in a moment. */
export const CLOSE_FULL = 4429;
