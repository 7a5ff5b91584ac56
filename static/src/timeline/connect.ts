/** A source and a timeline, joined: what the one gives, the other takes. */
import type { Hello, Problem } from "../events/generated";
import type { Source, SourceState } from "../source/source";
import type { Timeline } from "./timeline";

/** What a page wants to know of the connection besides the tape. */
export interface Watch {
  state?(state: SourceState): void;
  hello?(hello: Hello): void;
  /** Something went wrong that is no command's answer. */
  problem?(problem: Problem): void;
}

/** Opens the source into the timeline; returns what closes it. */
export function connect(source: Source, timeline: Timeline, watch: Watch = {}): () => void {
  source.open({
    get head() {
      return timeline.head;
    },
    get missingAfter() {
      return timeline.missingAfter;
    },
    events: (events) => timeline.add(events),
    state: (state) => watch.state?.(state),
    hello: (hello) => {
      timeline.expect(hello.seq);
      watch.hello?.(hello);
    },
    problem: (problem) => watch.problem?.(problem),
  });
  return () => source.close();
}
