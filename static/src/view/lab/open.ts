/** Puts a lab onto a page: the live source, the timeline, and the page that shows them. */
import { mount } from "svelte";

import { Live } from "../../source/live";
import { connect } from "../../timeline/connect";
import { Playback } from "../../timeline/playback";
import { Timeline } from "../../timeline/timeline";
import { Address, PRESENT } from "../timeline/address";
import { LabApi } from "./api";
import { pageNonce, type Boot } from "./boot";
import { Lab } from "./lab.svelte";
import LabPage from "./LabPage.svelte";
import { browserMemory } from "./storage";

export function openLab(boot: Boot, target: HTMLElement): void {
  const source = new Live({ socket: boot.ws, events: `${boot.api}events`, key: boot.key ?? null });
  const timeline = new Timeline();
  const playback = new Playback(timeline, { live: true });
  const address = new Address(playback, PRESENT);
  let greeted = false;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const lab = new Lab({
    boot,
    api: new LabApi(boot),
    send: (command) => source.send(command),
    memory: browserMemory,
    nonce: pageNonce(document),
    root: document.documentElement,
    systemIsDark: () => dark.matches,
    snapshot: timeline.snapshot,
    playback,
    reconnect: () => source.reconnect(),
  });
  timeline.subscribe((snapshot) => {
    lab.receive(snapshot, performance.now());
    if (greeted && snapshot.head >= lab.pastSeq) address.loaded();
  });
  mount(LabPage, { target, props: { lab } });
  connect(source, timeline, {
    state: (state) => lab.connectionIs(state),
    hello: (hello) => {
      lab.greeted(hello.seq);
      greeted = true;
    },
    problem: (problem) => lab.commander.complain(problem, "page"),
  });
}
