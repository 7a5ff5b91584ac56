/** A lab page's state with a site behind it that a test plays. */
import type { AnyCommand } from "@/events/generated";
import type { CommandFailed } from "@/source/source";
import { Playback } from "@/timeline/playback";
import { Timeline } from "@/timeline/timeline";
import type { LabApi } from "@/view/lab/api";
import { Lab } from "@/view/lab/lab.svelte";
import { rememberIn } from "@/view/lab/storage";

import { digest, file, TapeMaker } from "../../tapes/maker";
import type { Deferred } from "../clock";

/** The site as the page sees it: commands are noted, and answered at once unless held back. */
export class Site {
  readonly commands: AnyCommand[] = [];
  refusal: CommandFailed | null = null;
  held: Deferred<Record<string, unknown>> | null = null;
  files = [{ path: "Dockerfile", text: "FROM alpine\n" }];
  readonly send = (command: AnyCommand): Promise<Record<string, unknown>> => {
    this.commands.push(command);
    if (this.refusal) return Promise.reject(this.refusal);
    return this.held?.promise ?? Promise.resolve({});
  };
  readonly api = {
    diagnose: () => Promise.resolve({ diagnoses: [], plan: [] }),
    files: () => Promise.resolve(this.files),
    exportPath: "/api/labs/x/events.jsonl",
  } as unknown as LabApi;
}

export function opened(role: "owner" | "watcher" = "owner") {
  const site = new Site();
  const timeline = new Timeline((work) => work());
  const maker = new TapeMaker().open();
  const lab = new Lab({
    boot: {
      lab: "x",
      role,
      ws: "/ws/labs/x/",
      api: "/api/labs/x/",
      labs: "/labs/",
      csrf: "",
      files: [
        { path: "Dockerfile", text: "FROM alpine\n" },
        { path: "app.py", text: "print()\n" },
      ],
      catalogue: [],
      engine: null,
      offer: null,
    },
    api: site.api,
    send: site.send,
    memory: rememberIn(() => undefined),
    nonce: "",
    root: document.createElement("html"),
    systemIsDark: () => false,
    snapshot: timeline.snapshot,
    playback: new Playback(timeline, { live: true, schedule: (work) => work() }),
    reconnect: () => undefined,
  });
  timeline.subscribe((snapshot) => lab.receive(snapshot, snapshot.scene.atMs));
  lab.connectionIs({ kind: "open" });
  const play = () => timeline.add(maker.events);
  const build = (number = 1) => {
    maker.build({
      build: number,
      files: [file("app.py", `${number}`)],
      work: [
        { text: "FROM alpine", makes: "base", layers: [{ digest: digest("a"), size: 3 }] },
        {
          text: "COPY app.py .",
          makes: "layer",
          layers: [{ digest: digest(`copy ${number}`), size: 3 }],
        },
      ],
    });
    play();
    return lab.scene.images.at(-1)?.digest ?? "";
  };
  const run = (name: string) => {
    const id = maker.container(name, lab.scene.images.at(-1)?.digest ?? "");
    play();
    return id;
  };
  return { site, lab, maker, play, build, run };
}

export const types = (site: Site) => site.commands.map((command) => command.type);
