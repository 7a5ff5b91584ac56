/** The X-ray is fetched when a panel first shows it, and is no part of what the page fetches unasked. */
import type { Snippet } from "svelte";

import { remembering } from "../lab/lazy";
import type { Filter, Subject } from "./answers";
import type { Ask } from "./explorer.svelte";

export type XrayProps = {
  subject: Subject;
  /** As people call it, for the names of the parts. */
  name: string;
  /** Asked for anew when this changes. */
  version?: unknown;
  /** The filters that are on at first. */
  only?: readonly Filter[];
  /** Answers instead of the site: of a moment that the engine does not know any more. */
  told?: Ask | null;
  /** What stands above the summary, and scrolls away with it. */
  lead?: Snippet;
};

export const xray = remembering(() => import("./Xray.svelte"));
