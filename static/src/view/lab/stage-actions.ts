/** The stage's buttons, wired to the lab. */
import { imageOf } from "../../scene/lookup";
import type { StageActions } from "../stage/actions";
import type { Lab } from "./lab.svelte";
import { EMPTY_RUN } from "./run-form";

export function stageActions(lab: Lab): StageActions {
  return {
    get off() {
      return lab.pastReason;
    },
    run: (digest) => lab.run(EMPTY_RUN, digest),
    start: (id) => lab.act("start", id),
    stop: (id) => lab.act("stop", id),
    restart: (id) => lab.act("restart", id),
    pause: (id) => lab.act("pause", id),
    resume: (id) => lab.act("resume", id),
    kill: (id) => lab.act("kill", id),
    remove: (id) => lab.act("remove", id),
    commit: (id) => lab.act("commit", id),
    rename: (id) => lab.act("rename", id),
    shell: (id) => lab.act("shell", id),
    tag: (digest) => lab.arrangement.open("tag", digest),
    push: (digest) => lab.arrangement.open("push", digest),
    pushing: () => lab.commander.busy.has("push"),
    pull: (reference) => lab.commander.perform({ type: "image.pull", reference }),
    removeImage: (digest) => {
      // `docker rmi` of a digest with several tags is refused; a tag is what is meant.
      const image = imageOf(lab.scene, digest)?.tags[0] ?? digest;
      return lab.commander.perform({ type: "image.remove", image });
    },
  };
}
