/** What a recording's builds were given, for whoever compares it: the recording carries it, or not. */
import type { Included } from "../../source/included";
import { contentOf, type Content, type Contents } from "../steps/detective/contents";

const LEFT_OUT: Content = {
  problem: "This recording was made without its content, so there is nothing to compare.",
  again: false,
};

export function carriedBy(included: Included): Contents {
  return {
    of: (sha256) => {
      const file = included.read(sha256);
      return Promise.resolve(file ? contentOf(file) : LEFT_OUT);
    },
  };
}
