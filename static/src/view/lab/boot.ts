/** What the server put into the page for its start, read once. */
import type { EngineInfo, Role, SourceFile } from "../../events/generated";
import { isOffer, type Offer } from "../front/offers";

/** The lab's engine, as whoever opened the lab was told of it. */
export interface OwnOffer extends Offer {
  /** Why it is this one. */
  readonly why: string;
}

export interface Boot {
  readonly lab: string;
  readonly role: Role;
  /** Path of the lab's WebSocket. */
  readonly ws: string;
  /** Path under which the lab's HTTP API lives, with its closing slash. */
  readonly api: string;
  /** Path that opens a fresh lab when a form is posted to it. */
  readonly labs: string;
  readonly csrf: string;
  readonly files: readonly SourceFile[];
  /** Images that a Dockerfile may build FROM. */
  readonly catalogue: readonly string[];
  /** Null when the site has the lab's engine no more. */
  readonly engine: EngineInfo | null;
  readonly offer: OwnOffer | null;
  /** Says whose the lab is in a frame, where the browser sends no cookie; null elsewhere. */
  readonly key?: string | null;
  /** True inside another site's page: nothing leads out of the frame but into a new tab. */
  readonly framed?: boolean;
  /** False where the site opens no labs inside other sites' pages. */
  readonly liveEmbeds?: boolean;
}

/** The boot data of the document; null when the page carries none (it was not made by the site). */
export function readBoot(document: Document): Boot | null {
  const text = document.getElementById("boot")?.textContent;
  if (!text) return null;
  return bootOf(JSON.parse(text) as Partial<Boot>);
}

/** The boot data, with what is missing filled in; null for what is none. */
export function bootOf(raw: Partial<Boot>): Boot | null {
  if (typeof raw.lab !== "string" || typeof raw.ws !== "string") return null;
  return {
    lab: raw.lab,
    role: raw.role === "owner" ? "owner" : "watcher",
    ws: raw.ws,
    api: raw.api ?? `/api/labs/${raw.lab}/`,
    labs: raw.labs ?? "/labs/",
    csrf: raw.csrf ?? "",
    files: raw.files ?? [],
    catalogue: raw.catalogue ?? [],
    engine: raw.engine ?? null,
    offer: isOffer(raw.offer) ? raw.offer : null,
    key: raw.key ?? null,
    framed: raw.framed ?? false,
    liveEmbeds: raw.liveEmbeds ?? true,
  };
}

/** The nonce that the page's policy allows; CodeMirror and xterm need it for their style elements. */
export function pageNonce(document: Document): string {
  // The attribute reads empty by design, the property does not.
  const script = document.querySelector<HTMLElement>("script[nonce], style[nonce], link[nonce]");
  const meta = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]');
  return script?.nonce || meta?.content || meta?.nonce || "";
}
