/**
 * The lab page's state: what the tape says (the scene), what is selected, and what each button does.
 * It composes the files, the arrangement and the commander; components only read and call it.
 */
import { createContext } from "svelte";
import { CLOSE_HANDED_OVER } from "../../source/frames";
import type { SourceState } from "../../source/source";
import { Calm, Rested } from "../../timeline/calm";
import type { Playback } from "../../timeline/playback";
import type { Snapshot } from "../../timeline/timeline";
import type { Evidence } from "../../scene/discoveries";
import { containerOf, imageOf } from "../../scene/lookup";
import type { Container, Image, Scene } from "../../scene/types";
import { commandOf, reasonAgainst, type Action } from "../containers/actions";
import type { Pane } from "../containers/panes";
import { Tour, TOUR } from "../help/tour";
import { isUnderWay, newestBuild } from "../steps/steps";
import { Shells } from "../terminal/shells.svelte";
import { Comparing } from "../timeline/comparing.svelte";
import { PAST_REASON } from "../timeline/words";
import type { LabApi } from "./api";
import { Arrangement } from "./arrangement.svelte";
import type { Boot } from "./boot";
import { Commander, type Send } from "./commander.svelte";
import {
  buildCommand,
  buildProblems,
  EMPTY_BUILD,
  EMPTY_RUN,
  runCommands,
  type BuildFields,
  type RunFields,
} from "./run-form";
import type { Selected, SelectKind } from "../stage/selection";
import { news } from "./news";
import { imageInFocus, isThere, neighbour, room } from "./selection";
import type { Memory } from "./storage";
import { TapeClock } from "./tape-clock";
import { Workspace } from "./workspace.svelte";

export interface LabParts {
  readonly boot: Boot;
  readonly api: LabApi;
  readonly send: Send;
  readonly memory: Memory;
  readonly nonce: string;
  readonly root: HTMLElement;
  readonly systemIsDark: () => boolean;
  readonly snapshot: Snapshot;
  readonly playback: Playback;
  /** Try to connect at once. */
  readonly reconnect: () => void;
}

export class Lab {
  /** What the timeline shows; `scene` of it is what nearly everything reads. */
  snapshot = $state.raw() as Snapshot;
  /** The same a few times a second: for what stands beside the stage. */
  calm = $state.raw() as Snapshot;
  connection = $state.raw<SourceState>({ kind: "connecting" });
  selected = $state.raw<Selected | null>(null);
  chosenImage = $state.raw<string | null>(null);
  buildFields = $state.raw<BuildFields>(EMPTY_BUILD);
  runFields = $state.raw<RunFields>(EMPTY_RUN);
  /** Whether the lab may be changed from here: no longer, once somebody has taken it over. */
  owner = $state.raw(false);
  /** Length of the tape when the page joined: what is up to here is the past, not news. */
  pastSeq = $state.raw(0);
  /** Length of the tape when the page was last greeted: as far as it has to catch up. */
  #toldSeq = $state.raw(0);
  /** The event that evidence was asked for of, marked in the transcript. */
  markedSeq = $state.raw<number | null>(null);
  tourStep = $state.raw<number | null>(null);
  /** The pane chosen for a container, by its id. */
  panes = $state.raw<Readonly<Record<string, Pane>>>({});
  /** The tape's clock, moved on while something runs, so that elapsed time is seen to pass. */
  nowMs = $state.raw(0);

  readonly boot: Boot;
  readonly api: LabApi;
  readonly reconnect: () => void;
  readonly playback: Playback;
  readonly nonce: string;
  readonly commander: Commander;
  readonly workspace: Workspace;
  readonly arrangement: Arrangement;
  readonly shells: Shells;
  readonly comparing = new Comparing();
  readonly scene = $derived<Scene>(this.snapshot.scene);
  /** True while the page looks at an earlier moment: nothing can be done then. */
  readonly past = $derived(!this.snapshot.live);
  readonly pastReason = $derived(this.past ? PAST_REASON : null);
  /** True while the page still takes in what happened before it was connected. */
  readonly catchingUp = $derived(
    (this.past ? this.snapshot.head : this.snapshot.at) < this.#toldSeq,
  );
  readonly focusImage = $derived(imageInFocus(this.scene, this.chosenImage));
  readonly build = $derived(newestBuild(this.scene.builds));
  /** The newest build, as it is told beside the stage. */
  readonly calmBuild = $derived(newestBuild(this.calm.scene.builds));
  readonly building = $derived(isUnderWay(this.build));
  readonly container = $derived(this.#selectedContainer());
  readonly room = $derived(room(this.scene));
  readonly #calm = new Calm<Snapshot>((snapshot) => (this.calm = snapshot));
  readonly #rested = new Rested<Snapshot>((snapshot) => this.#calm.take(snapshot, true));
  readonly #clock = new TapeClock();
  /** Up to here the tape was told live. */
  #told: Scene;
  /** Selected when one went to a moment where it is not there. */
  #missed: Selected | null = null;
  readonly #tour: Tour;

  constructor(parts: LabParts) {
    this.snapshot = this.calm = parts.snapshot;
    this.#told = parts.snapshot.scene;
    this.playback = parts.playback;
    this.reconnect = parts.reconnect;
    this.boot = parts.boot;
    this.api = parts.api;
    this.nonce = parts.nonce;
    this.owner = parts.boot.role === "owner";
    this.commander = new Commander(
      parts.send,
      () => this.scene,
      () => this.pastReason,
    );
    this.workspace = new Workspace(parts.boot.files, {
      isOwner: () => this.owner,
      save: (files) => parts.send({ type: "files.save", files: [...files] }),
      diagnose: (question, signal) => parts.api.diagnose(question, signal),
    });
    this.arrangement = new Arrangement(parts.memory, parts.root, parts.systemIsDark);
    this.shells = new Shells(
      parts.send,
      (error, container) => this.commander.complain(error, `container:${container}`),
      () => this.past,
    );
    this.#tour = new Tour(parts.memory);
    // The tour is about doing, which who watches cannot; a frame has no room for it.
    this.tourStep = this.owner && !parts.boot.framed ? this.#tour.step : null;
  }

  /** The tape moved on, or another moment of it is looked at. */
  receive(snapshot: Snapshot, now: number): void {
    const { scene, live } = snapshot;
    if (live && scene.atMs > this.#told.atMs) this.#clock.saw(scene.atMs, now);
    this.snapshot = snapshot;
    this.#rested.drop();
    // Who drags along the tape looks at the stage: what stands beside it follows at the end.
    if (snapshot.jumped && !live) this.#rested.take(snapshot);
    else this.#calm.take(snapshot, snapshot.jumped);
    if (live) this.#tell(scene);
    this.tick(now);
    this.#keepSelection(scene, live);
  }

  /** What is new, once: what is looked at again is no news. */
  #tell(scene: Scene): void {
    const before = this.#told;
    this.#told = scene;
    for (const { title, place } of news(scene, Math.max(before.seq, this.pastSeq))) {
      this.commander.mention(title, "", place);
    }
    // What was done on an earlier visit is no step of this one.
    if (this.tourStep !== null && before.seq >= this.pastSeq)
      this.tourStep = this.#tour.follow(before, scene);
    if (!this.owner && scene.builds.length > before.builds.length) void this.#readFiles();
    this.shells.follow(scene);
  }

  /** What is not there at the moment looked at is selected again when it is. */
  #keepSelection(scene: Scene, live: boolean): void {
    if (this.selected && !isThere(scene, this.selected)) {
      this.#missed ??= this.selected;
      this.selected = null;
    } else if (!this.selected && this.#missed && isThere(scene, this.#missed)) {
      this.selected = this.#missed;
      this.#missed = null;
    }
    if (live) this.#missed = null;
  }

  /** The site said how long the tape is; the first time, that is where the news begins. */
  greeted(seq: number): void {
    if (this.pastSeq === 0) this.pastSeq = seq;
    this.#toldSeq = seq;
  }

  connectionIs(state: SourceState): void {
    const back = state.kind === "open" && this.connection.kind !== "open";
    this.connection = state;
    if (state.kind === "closed" && state.code === CLOSE_HANDED_OVER) this.owner = false;
    if (back && this.workspace.dirty) void this.workspace.flush();
  }

  tick(now: number): void {
    this.nowMs = this.past ? this.scene.atMs : this.#clock.at(now);
  }

  imageOf(container: Container): Image | undefined {
    return imageOf(this.scene, container.image) ?? undefined;
  }

  get focused(): Image | undefined {
    return imageOf(this.scene, this.focusImage) ?? undefined;
  }

  /** `open` false only marks it, for a page too narrow to show it beside the stage. */
  select(kind: SelectKind, id: string, open = true): void {
    this.selected = { kind, id };
    this.#missed = null;
    // The stage follows what happens until an image is chosen; choosing a build goes back to that.
    if (kind === "image") this.chosenImage = id;
    if (kind === "build") this.chosenImage = null;
    if (open) this.arrangement.show(kind === "build" || kind === "step" ? "steps" : "container");
  }

  /** Show where a discovery was proved: its place on the stage, its event in the transcript. */
  showEvidence(evidence: Evidence): void {
    this.markedSeq = evidence.seq;
    const { kind, id } = evidence.place;
    const place: Selected = { kind, id: String(id) };
    if (isThere(this.scene, place)) this.selected = place;
    else
      this.commander.mention("That is gone by now.", "The transcript still tells of it, marked.");
    if (kind === "image" && this.selected === place) this.chosenImage = place.id;
  }

  unselect(): void {
    this.selected = this.#missed = null;
    if (this.arrangement.now.tab === "container") this.arrangement.show("discoveries");
  }

  selectNeighbour(by: 1 | -1): void {
    const id = neighbour(this.scene, this.container?.id ?? null, by);
    if (id !== null) this.select("container", id);
  }

  /** Why Build cannot be pressed now; null when it can. */
  get buildReason(): string | null {
    if (!this.owner) return "Only the lab’s owner can build; you are watching.";
    if (this.pastReason !== null) return this.pastReason;
    if (this.connection.kind !== "open") return "Not connected to the lab right now.";
    return Object.values(buildProblems(this.buildFields))[0] ?? null;
  }

  async startBuild(): Promise<void> {
    const { commander, workspace } = this;
    if (this.buildReason !== null || commander.busy.has("build")) return;
    this.arrangement.show("steps");
    const command = buildCommand(workspace.files, this.buildFields);
    const result = await commander.perform(command, "build");
    if (result === null) return;
    workspace.carried(command.files);
    this.chosenImage = null;
  }

  async cancelBuild(): Promise<void> {
    if (!this.build || !this.building) return;
    await this.commander.perform(
      { type: "build.cancel", build: this.build.build },
      "build",
      "cancel",
    );
  }

  /** Why Run cannot be pressed now; null when it can. */
  get runReason(): string | null {
    if (!this.owner) return "Only the lab’s owner can run containers; you are watching.";
    if (this.pastReason !== null) return this.pastReason;
    if (this.connection.kind !== "open") return "Not connected to the lab right now.";
    if (this.focusImage === null) return "There is no image yet. Build makes one.";
    if (this.room === 0) return "The lab is full. Remove a container first.";
    return null;
  }

  /** One container with everything as the image says, or as many as the form asks for. */
  async run(fields: RunFields = EMPTY_RUN, digest = this.focusImage): Promise<boolean> {
    const image = imageOf(this.scene, digest);
    if (this.runReason !== null || !image) return false;
    for (const command of runCommands(image.tags[0] ?? image.digest, fields)) {
      const result = await this.commander.perform(command, "page", "run");
      if (result === null) return false;
    }
    return true;
  }

  /** Do what a container's button says. */
  async act(action: Action, id: string): Promise<void> {
    const container = containerOf(this.scene, id);
    if (!container || !this.owner) return;
    const reason = this.pastReason ?? reasonAgainst(action, container);
    const place = `container:${id}` as const;
    if (reason !== null) return this.commander.mention(reason, "", place);
    if (action === "shell") return this.openShell(id);
    if (action === "commit" || action === "rename") return this.arrangement.open(action, id);
    await this.commander.perform(commandOf(action, container), place, `${action}:${id}`);
  }

  mentionNoContainer(): true {
    this.commander.mention("No container is selected.", "Press ] or click one on the stage first.");
    return true;
  }

  openShell(id: string): void {
    this.select("container", id);
    this.showPane(id, "shell");
    this.shells.want(id);
  }

  showPane(id: string, pane: Pane): void {
    this.panes = { ...this.panes, [id]: pane };
  }

  /** One command without a terminal; true when the engine took it on. */
  async exec(id: string, words: readonly string[]): Promise<boolean> {
    const result = await this.commander.perform(
      { type: "exec.start", container: id, command: [...words] },
      `container:${id}`,
      `exec:${id}`,
    );
    return result !== null;
  }

  nextTourStep(by: 1 | -1): void {
    if (by === 1) this.#tour.next();
    else this.#tour.back();
    this.#showTour();
  }

  closeTour(): void {
    this.#tour.close();
    this.tourStep = null;
  }

  replayTour(): void {
    this.#tour.replay();
    this.#showTour();
  }

  /** Who leafs through the tour is shown its places; who does what it asks is left where they are. */
  #showTour(): void {
    this.tourStep = this.#tour.step;
    const place = TOUR[this.tourStep ?? -1]?.place;
    if (place) this.arrangement.showPlace(place);
  }

  /** A watcher's page shows the files that a build was made of. */
  async #readFiles(): Promise<void> {
    try {
      this.workspace.replace(await this.api.files());
    } catch {
      // The files shown stay as they were; the next build asks again.
    }
  }

  #selectedContainer(): Container | null {
    const selected = this.selected;
    if (selected?.kind !== "container") return null;
    return containerOf(this.scene, selected.id);
  }
}

export const [useLab, provideLab] = createContext<Lab>();
