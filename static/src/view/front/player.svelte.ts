/** A recording that plays on a page: its snapshot, whether it plays, and what it says now. */
import { Recording, readTape } from "../../source/recording";
import { connect } from "../../timeline/connect";
import { Timeline, type Snapshot } from "../../timeline/timeline";
import { captionOf } from "./caption";
import { paced } from "./pace";

/** The tape's own pauses are those of a person at work; a visitor wants to see the next thing. */
const LONGEST_PAUSE_MS = 1900;
const REST_MS = 6000;

export class Player {
  readonly #timeline = new Timeline();
  snapshot: Snapshot = $state.raw(this.#timeline.snapshot);
  /** `absent`: the site has no recording, or it could not be had. */
  state: "loading" | "absent" | "playing" | "paused" | "ended" = $state("loading");
  #recording: Recording | null = null;
  #close: () => void = () => undefined;

  /** `still`: nothing moves by itself; the end is shown until somebody presses Play. */
  async load(path: string | null, still: boolean): Promise<void> {
    try {
      if (path === null) throw new Error("no recording");
      const answer = await fetch(path);
      if (!answer.ok) throw new Error(`${answer.status}`);
      this.open(await answer.text(), still);
    } catch {
      this.state = "absent";
    }
  }

  open(text: string, still: boolean): void {
    const recording = new Recording(paced(readTape(text)), {
      loop: !still,
      autoplay: !still,
      longestPauseMs: LONGEST_PAUSE_MS,
      restMs: REST_MS,
    });
    this.#recording = recording;
    const unsubscribe = this.#timeline.subscribe((snapshot) => (this.snapshot = snapshot));
    const close = connect(recording, this.#timeline, {
      state: ({ kind }) => {
        this.state = kind === "open" ? "playing" : kind === "ended" ? "ended" : "paused";
      },
    });
    this.#close = () => {
      close();
      unsubscribe();
    };
    if (still) recording.skipToEnd();
  }

  readonly caption = $derived.by(() => captionOf(this.snapshot.events, this.snapshot.at));

  toggle(): void {
    if (this.#recording?.isPlaying) this.#recording.pause();
    else this.#recording?.play();
  }

  restart(): void {
    this.#recording?.restart();
  }

  close(): void {
    this.#close();
  }
}
