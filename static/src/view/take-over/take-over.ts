/** Taking a lab over: what the page was given, the key in its address, and the one post. */
import type { Problem, SourceFile } from "../../events/generated";
import { answerOf } from "../lab/api";

export interface TakeOver {
  /** Path of the lab. */
  readonly lab: string;
  /** Path that makes the lab the visitor's when the key is posted to it. */
  readonly take: string;
  /** True when it is the visitor's already. */
  readonly own: boolean;
  readonly files: readonly SourceFile[];
  readonly csrf: string;
}

export function readTakeOver(document: Document): TakeOver | null {
  const text = document.getElementById("boot")?.textContent;
  if (!text) return null;
  const raw = JSON.parse(text) as Partial<TakeOver>;
  if (!raw.lab || !raw.take) return null;
  return {
    lab: raw.lab,
    take: raw.take,
    own: raw.own ?? false,
    files: raw.files ?? [],
    csrf: raw.csrf ?? "",
  };
}

/** The key behind the # of the address, which is gone from there afterwards; null without one. */
export function takeKey({
  location,
  history,
}: Pick<Window, "location" | "history">): string | null {
  const { hash, pathname, search } = location;
  if (hash.length < 2) return null;
  history.replaceState(null, "", pathname + search);
  try {
    return decodeURIComponent(hash.slice(1));
  } catch {
    return hash.slice(1);
  }
}

/** Makes the lab the visitor's; the path to go on at. Rejects with an ApiProblem. */
export async function takeOver(
  { take, csrf, lab }: TakeOver,
  key: string,
  fetcher: typeof fetch = (...args) => fetch(...args),
): Promise<string> {
  const asked = fetcher(take, {
    method: "POST",
    credentials: "same-origin",
    headers: { "content-type": "application/json", "x-csrftoken": csrf },
    body: JSON.stringify({ key }),
  });
  const answer = (await answerOf(asked)) as { readonly address?: unknown } | null;
  return typeof answer?.address === "string" ? answer.address : lab;
}

export const NO_KEY: Problem = {
  code: "no-key",
  title: "This address is not complete.",
  why: "The key to the lab stands at its end, works once, and is not kept when the page is loaded again.",
  try: "Go back to the page with the frame and press “Open in Layercake” there once more.",
  engine_words: "",
};
