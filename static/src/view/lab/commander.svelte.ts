/**
 * Sending commands: asks first where something would be lost, shows at once that it is under way,
 * keeps the docker command for the command bar, and turns a refusal into a notice where it belongs.
 */
import { SvelteSet } from "svelte/reactivity";

import type { AnyCommand } from "../../events/generated";
import { dockerCommand } from "../../scene/commands";
import type { Scene } from "../../scene/types";
import { questionFor, type Question } from "../help/confirm";
import { added, ended, type Entry } from "./history";
import { asProblem, clearPlace, dismiss, say, type PageNotice, type Place } from "./notices";

export type Send = (command: AnyCommand) => Promise<Record<string, unknown>>;

/** A question on the screen, and how to answer it. */
export interface Asked {
  readonly question: Question;
  answer(yes: boolean): void;
}

export class Commander {
  history = $state.raw<readonly Entry[]>([]);
  notices = $state.raw<readonly PageNotice[]>([]);
  /** What waits for the server's answer, by the key given to `perform`. */
  readonly busy = new SvelteSet<string>();
  asked = $state.raw<Asked | null>(null);
  #count = 0;

  constructor(
    private readonly send: Send,
    private readonly scene: () => Scene,
    /** Why nothing can be done now; null when something can. */
    private readonly off: () => string | null = () => null,
  ) {}

  /** Carry a command out; its result, or null when it was refused or not confirmed. */
  async perform(
    command: AnyCommand,
    place: Place = "page",
    key: string = place,
  ): Promise<Record<string, unknown> | null> {
    const off = this.off();
    if (off !== null) {
      this.mention(off, "", place);
      return null;
    }
    const question = questionFor(command, this.scene());
    if (question && !(await this.confirm(question))) return null;
    const id = ++this.#count;
    this.notices = clearPlace(this.notices, place);
    const line = dockerCommand(command, this.scene());
    if (line !== "") this.history = added(this.history, id, line);
    this.busy.add(key);
    try {
      const result = await this.send(command);
      this.history = ended(this.history, id, "done");
      return result;
    } catch (error) {
      this.history = ended(this.history, id, "failed");
      this.complain(error, place);
      return null;
    } finally {
      this.busy.delete(key);
    }
  }

  /** Put the question on the screen; true when the learner confirms. */
  confirm(question: Question): Promise<boolean> {
    this.asked?.answer(false);
    return new Promise((resolve) => {
      const asked: Asked = {
        question,
        answer: (yes) => {
          // A late answer must not take away the question that came after.
          if (this.asked === asked) this.asked = null;
          resolve(yes);
        },
      };
      this.asked = asked;
    });
  }

  complain(error: unknown, place: Place): void {
    const problem = asProblem(error);
    this.notices = say(this.notices, { id: ++this.#count, place, tone: "problem", problem });
  }

  /** Something worth knowing that is not a failure of a command. */
  mention(title: string, why: string, place: Place = "page"): void {
    const problem = { code: "word", title, why, try: "", engine_words: "" };
    this.notices = say(this.notices, { id: ++this.#count, place, tone: "word", problem });
  }

  dismiss(id: number): void {
    this.notices = dismiss(this.notices, id);
  }

  clear(place: Place): void {
    this.notices = clearPlace(this.notices, place);
  }
}
