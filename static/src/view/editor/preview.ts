/**
 * Colours for a Dockerfile before CodeMirror is there: the instructions, comments, strings and
 * variables. Shown until the learner first touches the editor; it need not know the whole grammar.
 */

export interface Piece {
  readonly kind: "keyword" | "comment" | "string" | "plain";
  readonly text: string;
}

const INSTRUCTION =
  /^(\s*)(FROM|RUN|CMD|LABEL|MAINTAINER|EXPOSE|ENV|ADD|COPY|ENTRYPOINT|VOLUME|USER|WORKDIR|ARG|ONBUILD|STOPSIGNAL|HEALTHCHECK|SHELL)(?=\s|$)/i;
const STRING = /"(?:[^"\\]|\\.)*"|'[^']*'/g;

/** The lines of a Dockerfile in coloured pieces; together they are the text again. */
export function colouredDockerfile(text: string): Piece[][] {
  let continued = false;
  return text.split("\n").map((line) => {
    const pieces = colouredLine(line, continued);
    if (pieces[0]?.kind !== "comment") continued = /\\\s*$/.test(line);
    return pieces;
  });
}

/** Any other file: plain lines. */
export function plainLines(text: string): Piece[][] {
  return text.split("\n").map((line) => [{ kind: "plain", text: line }]);
}

function colouredLine(line: string, continued: boolean): Piece[] {
  if (/^\s*#/.test(line)) return [{ kind: "comment", text: line }];
  const match = continued ? null : INSTRUCTION.exec(line);
  const [, space = "", word = ""] = match ?? [];
  const rest = strings(line.slice(space.length + word.length));
  if (word === "") return strings(line);
  return [{ kind: "plain", text: space }, { kind: "keyword", text: word }, ...rest];
}

function strings(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(STRING)) {
    pieces.push({ kind: "plain", text: text.slice(at, match.index) });
    pieces.push({ kind: "string", text: match[0] });
    at = match.index + match[0].length;
  }
  return [...pieces, { kind: "plain", text: text.slice(at) }];
}
