/** The lab page's start: boot data, the live source, the timeline, and the page that shows them. */
import { mount } from "svelte";

import { Live } from "./source/live";
import { connect } from "./timeline/connect";
import { Timeline } from "./timeline/timeline";
import "./view/base.css";
import { LabApi } from "./view/lab/api";
import { pageNonce, readBoot } from "./view/lab/boot";
import { Lab } from "./view/lab/lab.svelte";
import LabPage from "./view/lab/LabPage.svelte";
import { browserMemory } from "./view/lab/storage";
import "./view/tokens.css";

const boot = readBoot(document);
const target = document.getElementById("lab");
if (boot && target) {
  if (boot.role === "owner") browserMemory.set("lab", boot.lab);
  const source = new Live({ socket: boot.ws, events: `${boot.api}events` });
  const timeline = new Timeline();
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
    reconnect: () => source.reconnect(),
  });
  timeline.subscribe((snapshot) => lab.receive(snapshot, performance.now()));
  mount(LabPage, { target, props: { lab } });
  connect(source, timeline, {
    state: (state) => lab.connectionIs(state),
    hello: (hello) => lab.greeted(hello.seq),
    problem: (problem) => lab.commander.complain(problem, "page"),
  });
}
