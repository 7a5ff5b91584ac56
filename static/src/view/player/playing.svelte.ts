/** A recording that is open: its tape, its playback, and what the page says at the moment shown. */
import type { AnyEvent } from "../../events/generated";
import { readRecording, type Header, type Note } from "../../source/file";
import { markersOf, type Marker } from "../../timeline/markers";
import { positionOf, type Moment } from "../../timeline/moment";
import { Playback, type PlaybackState } from "../../timeline/playback";
import { Timeline, type Snapshot } from "../../timeline/timeline";
import { captionOf } from "./caption";

export interface Wishes {
  /** Where to begin; null is the recording's own beginning. */
  readonly start?: Moment | null;
  readonly speed?: number;
  readonly autoplay?: boolean;
  readonly loop?: boolean;
}

export class Playing {
  readonly header: Header;
  readonly markers: readonly Marker[];
  readonly timeline: Timeline;
  readonly playback: Playback;
  snapshot: Snapshot = $state.raw() as Snapshot;
  state: PlaybackState = $state.raw() as PlaybackState;
  /** True until it is first played or moved: a picture of its end stands there, with a big button. */
  untouched = $state(false);
  /** What stands at the end of the tape. */
  readonly end: Snapshot["scene"];
  /** What may be the fullest that the stage gets: with most containers, as it opens, its end. */
  readonly fullest: readonly Snapshot["scene"][];

  /** Raises NotARecording. */
  constructor(text: string, { start = null, speed = 1, autoplay = false, loop = false }: Wishes) {
    const { header, events } = readRecording(text);
    this.header = header;
    this.markers = markersOf(events, header.notes);
    // A recording is there as a whole, so nothing is folded before it is asked for.
    this.timeline = new Timeline();
    this.timeline.add(events);
    const begin = start ? positionOf(start, events) : events.length;
    const positions = [mostContainers(events), begin, events.length];
    const each = positions.filter((position, index) => positions.indexOf(position) === index);
    this.fullest = each.map((position) => {
      this.timeline.seek(position);
      return this.timeline.snapshot.scene;
    });
    this.end = this.fullest.at(-1) ?? this.timeline.snapshot.scene;
    this.playback = new Playback(this.timeline, { speed, loop, first: header.begins });
    this.timeline.subscribe((snapshot) => (this.snapshot = snapshot));
    this.playback.subscribe((state) => {
      this.state = state;
      if (state.playing || state.position !== state.first) this.untouched = false;
    });
    if (start) this.seek(begin);
    this.untouched = !autoplay && !start;
    if (autoplay) this.playback.play();
  }

  /** Empty before anything has happened. */
  readonly caption = $derived.by(() => captionOf(this.snapshot.events, this.snapshot.at));

  /** The author's words at the moment shown. */
  readonly note: Note | null = $derived.by(() => {
    const at = this.snapshot.at;
    return this.header.notes.findLast((note) => note.at <= at) ?? null;
  });

  /** Plays or pauses; who begins to play leaves the picture of the end at once. */
  toggle(): void {
    this.playback.toggle();
  }

  seek(position: number): void {
    this.untouched = false;
    this.playback.seek(position);
  }

  close(): void {
    this.playback.close();
  }
}

/** The last position at which no more containers are there at any other. */
function mostContainers(events: readonly AnyEvent[]): number {
  let [there, most, position] = [0, 0, events.length];
  events.forEach(({ type }, index) => {
    if (type === "container.removed") there -= 1;
    if (type === "container.created") there += 1;
    if (there < most || there === 0) return;
    [most, position] = [there, index + 1];
  });
  return position;
}
