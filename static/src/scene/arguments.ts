/** Build arguments as steps see them: who declares one, who uses it, and which have another value. */
import { own } from "./lookup";
import type { ArgumentChange, Build, Step } from "./types";

/** Build arguments that the step sees and that were given another value than in the other build. */
export function argumentChanges(build: Build, step: Step, earlier: Build): ArgumentChange[] {
  const names = new Set([...Object.keys(build.args), ...Object.keys(earlier.args)]);
  return [...names]
    .filter((name) => sees(build, step, name))
    .map((name) => {
      // What the Dockerfile itself says of it is a change of the instruction, not of the argument.
      const usual = defaultOf(build, step, name);
      return {
        name,
        before: own(earlier.args, name) ?? usual,
        after: own(build.args, name) ?? usual,
      };
    })
    .filter((change) => change.before !== change.after)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Names that an ENV or ARG sets. */
export function declaredBy(step: Step): ReadonlySet<string> {
  const words = wordsOf(step);
  const first = words[0] ?? "";
  // `ENV NAME value` is the old form, of one name.
  const old = step.instruction === "ENV" && !first.includes("=");
  const declaring = old ? [first] : words.filter((word) => /^[A-Za-z_]\w*(=|$)/.test(word));
  return new Set(declaring.map((word) => word.split("=")[0] ?? ""));
}

/** Names that `$NAME` and `${NAME…}` in the text stand for. */
export function usedIn(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/\$\{?([A-Za-z_]\w*)/g)].map((match) => match[1] ?? ""));
}

function sees(build: Build, step: Step, name: string): boolean {
  if (step.instruction === "ARG") return declaredBy(step).has(name);
  const declared = declaring(build, step, name);
  if (step.instruction === "RUN") return declared !== null;
  if (!usedIn(step.text).has(name)) return false;
  return declared !== null || step.instruction === "FROM";
}

/** The last ARG before the step, in its stage, that declares the name. */
function declaring(build: Build, step: Step, name: string): Step | null {
  const found = build.steps.findLast(
    (each) =>
      each.stage === step.stage &&
      each.step < step.step &&
      each.instruction === "ARG" &&
      declaredBy(each).has(name),
  );
  return found ?? null;
}

function defaultOf(build: Build, step: Step, name: string): string | null {
  const at = step.instruction === "ARG" ? step : declaring(build, step, name);
  const here = at ? valueIn(wordsOf(at), name) : null;
  return here ?? valueIn(globals(build.dockerfile), name);
}

/** What is declared before the first FROM, which no step tells of. */
function globals(dockerfile: string): readonly string[] {
  const words: string[] = [];
  for (const line of dockerfile.split("\n")) {
    if (/^\s*FROM\s/i.test(line)) break;
    if (/^\s*ARG\s/i.test(line)) words.push(...line.trim().split(/\s+/).slice(1));
  }
  return words;
}

function valueIn(words: readonly string[], name: string): string | null {
  const word = words.findLast((each) => each.startsWith(`${name}=`));
  return word?.slice(name.length + 1).replace(/^(["'])(.*)\1$/, "$2") ?? null;
}

function wordsOf(step: Step): readonly string[] {
  return step.text.trim().split(/\s+/).slice(1);
}
