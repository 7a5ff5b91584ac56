/** What an embed's page holds for its start: written by the site, or by `manage.py publish`. */
import type { Given } from "./given";

export interface EmbedBoot {
  /** The recording's id; empty in a published folder. */
  readonly id: string;
  readonly title: string;
  /** Null where the page names no recording. */
  readonly recording: Given | null;
  /** The recording's own page; null where there is no site behind this one. */
  readonly page: string | null;
}

/** The recording's text is in the page, in an element of its own, or `boot` has its address. */
export function readEmbedBoot(document: Document): EmbedBoot {
  const raw = parse(document.getElementById("boot")?.textContent ?? "{}");
  const word = (name: string): string => (typeof raw[name] === "string" ? raw[name] : "");
  const text = word("text");
  const address = word("address");
  return {
    id: word("id"),
    title: word("title"),
    recording: text ? { text } : address ? { address } : null,
    page: /^https?:/.test(word("page")) ? word("page") : null,
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
