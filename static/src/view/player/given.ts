/** Where a recording's text comes from, and what to say where it cannot be had. */
import { NotARecording } from "../../source/file";

/** The text itself, or the address that it is fetched from. */
export type Given = { readonly text: string } | { readonly address: string };

/** Why there is nothing to play: what happened, why, and what to try. */
export interface Trouble {
  readonly title: string;
  readonly why: string;
  readonly try: string;
  /** True where the same may go well a moment later. */
  readonly again: boolean;
}

/** An answer that is no recording: the address said no. */
export class NotGiven extends Error {
  constructor(readonly status: number) {
    super(`HTTP ${status}`);
    this.name = "NotGiven";
  }
}

/** The text. Raises NotGiven, and TypeError when nothing answers. */
export async function textOf(given: Given, signal?: AbortSignal): Promise<string> {
  if ("text" in given) return given.text;
  const answer = await fetch(given.address, { signal: signal ?? null, credentials: "omit" });
  if (!answer.ok) throw new NotGiven(answer.status);
  return answer.text();
}

export function troubleOf(error: unknown): Trouble {
  if (error instanceof NotARecording) {
    return {
      title: "This file cannot be played.",
      why: error.message,
      try: "A recording is exported from a lab as one file, and plays only as it was written.",
      again: false,
    };
  }
  if (error instanceof NotGiven && error.status < 500) {
    return {
      title: "This recording is not there.",
      why: "Its address is mistyped, or its author has taken it back.",
      try: "Ask whoever gave you this page for the new address.",
      again: false,
    };
  }
  return {
    title: "The recording could not be fetched.",
    why: "The site did not answer, or the connection was cut.",
    try: "Look whether you are online, then try again.",
    again: true,
  };
}
