/** What the page of a live embed was given, and opening its lab when the reader wants one. */
import type { Problem, SourceFile } from "../../events/generated";
import { answerOf, ApiProblem, problemOf } from "../lab/api";
import { bootOf, type Boot } from "../lab/boot";

export interface EmbedBoot {
  readonly recipe: string;
  readonly title: string;
  readonly about: string;
  readonly files: readonly SourceFile[];
  /** Path that opens the lab when it is posted to. */
  readonly open: string;
}

export function readEmbedBoot(document: Document): EmbedBoot | null {
  const text = document.getElementById("boot")?.textContent;
  if (!text) return null;
  const raw = JSON.parse(text) as Partial<EmbedBoot>;
  return {
    recipe: raw.recipe ?? "",
    title: raw.title ?? "",
    about: raw.about ?? "",
    files: raw.files ?? [],
    open: raw.open ?? "/embed/lab/open",
  };
}

/** Opens the lab; rejects with an ApiProblem. No cookie goes along: a frame has none to send. */
export async function start(
  embed: EmbedBoot,
  fetcher: typeof fetch = (...args) => fetch(...args),
): Promise<Boot> {
  const asked = fetcher(embed.open, {
    method: "POST",
    credentials: "omit",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ recipe: embed.recipe }),
  });
  const answer = await answerOf(asked, UNREACHED);
  const boot = bootOf(answer as Partial<Boot>);
  if (!boot) throw new ApiProblem(problemOf(answer, 200));
  return boot;
}

export const UNREACHED: Problem = {
  code: "not-reached",
  title: "The site could not be reached.",
  why: "The network is away, or the page around this frame does not let it talk to its own site.",
  try: "Press Start once more in a moment, or open the lab in a tab of its own.",
  engine_words: "",
};
