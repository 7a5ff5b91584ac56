/** A command line typed by a learner, into the words that Docker would be given. */

export type Split = { readonly words: string[] } | { readonly problem: string };

/**
 * Split as a POSIX shell does: spaces part words; quotes and backslashes keep them together.
 * Nothing is expanded: no variables, no globs, no pipes.
 */
export function splitWords(line: string): Split {
  const words: string[] = [];
  let word: string | null = null;
  let quote: "'" | '"' | null = null;
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at] ?? "";
    if (quote === null && /\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (quote === null && (char === "'" || char === '"')) {
      quote = char;
      word ??= "";
    } else if (char === quote) {
      quote = null;
    } else if (char === "\\" && escapes(quote, line[at + 1])) {
      at += 1;
      word = (word ?? "") + (line[at] ?? "");
    } else {
      word = (word ?? "") + char;
    }
  }
  if (quote !== null) return { problem: `A quote ${quote} is opened and never closed.` };
  if (word !== null) words.push(word);
  return { words };
}

/** True when the line needs a shell to mean what it says: a pipe, a redirection, a variable… */
export function needsShell(line: string): boolean {
  let quote: string | null = null;
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at] ?? "";
    if (char === "\\" && quote !== "'") at += 1;
    else if (char === quote) quote = null;
    else if (quote === null && (char === "'" || char === '"')) quote = char;
    else if (quote !== "'" && /[$`]/.test(char)) return true;
    else if (quote === null && /[|&;<>()*?[\]{}~#]/.test(char)) return true;
  }
  return false;
}

/** What to execute for a typed line: its words, or a shell when only a shell understands it. */
export function commandFor(line: string): Split {
  if (needsShell(line)) return { words: ["sh", "-c", line.trim()] };
  return splitWords(line);
}

function escapes(quote: string | null, next: string | undefined): boolean {
  if (quote === "'" || next === undefined) return false;
  return quote === null || /["\\$`]/.test(next);
}
