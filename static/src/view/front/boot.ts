/** What the server put into the front page for its start. */
import { readOffers, type Offer } from "./offers";

export interface FrontBoot {
  /** Django's token for the form that opens a lab. */
  readonly csrf: string;
  /** Path of the recording that plays; null when the site has none. */
  readonly recording: string | null;
  /** Path that opens a fresh lab when a form is posted to it. */
  readonly labs: string;
  /** What a lab may be opened on, the usual engine first. */
  readonly engines: readonly Offer[];
  /** Why that is the usual one: a sentence, or empty. */
  readonly why: string;
}

/** Reads what is there and does without the rest: the page's words need none of it. */
export function readFrontBoot(document: Document): FrontBoot {
  const text = document.getElementById("boot")?.textContent ?? "{}";
  const raw = parse(text);
  return {
    csrf: typeof raw["csrf"] === "string" ? raw["csrf"] : "",
    recording: typeof raw["recording"] === "string" ? raw["recording"] : null,
    labs: typeof raw["labs"] === "string" ? raw["labs"] : "/labs/",
    engines: readOffers(raw["engines"]),
    why: typeof raw["why"] === "string" ? raw["why"] : "",
  };
}

function parse(text: string): Record<string, unknown> {
  try {
    const raw: unknown = JSON.parse(text);
    return typeof raw === "object" && raw !== null ? (raw as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
