import type { EngineInfo } from "../../events/generated";
import type { Scene } from "../../scene/types";

/** What the site put into a recording's page for its start. */
export interface RecordingBoot {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** UTC, as in the file; empty when nobody knows. */
  readonly madeAt: string;
  /** Path of the recording's file. */
  readonly file: string;
  /** Path that opens a lab with its files when a form is posted to it. */
  readonly fork: string;
  /** The sha256 of each file that the recording carries. */
  readonly included: readonly string[];
  /** Path of the API that takes it back. */
  readonly revoke: string;
  /** Path of the owner's list. */
  readonly recordings: string;
  readonly owner: boolean;
  /** Whether the site opens labs in other sites' frames. */
  readonly liveEmbeds: boolean;
  readonly csrf: string;
}

/** Null when the page carries none (it was not made by the site). */
export function readRecordingBoot(document: Document): RecordingBoot | null {
  const text = document.getElementById("boot")?.textContent;
  if (!text) return null;
  const raw = JSON.parse(text) as Partial<RecordingBoot>;
  if (typeof raw.id !== "string" || typeof raw.file !== "string") return null;
  return {
    id: raw.id,
    title: raw.title || "A recording",
    description: raw.description ?? "",
    madeAt: raw.madeAt ?? "",
    file: raw.file,
    fork: raw.fork ?? "",
    included: raw.included ?? [],
    revoke: raw.revoke ?? "",
    recordings: raw.recordings ?? "/recordings/",
    owner: raw.owner ?? false,
    liveEmbeds: raw.liveEmbeds ?? false,
    csrf: raw.csrf ?? "",
  };
}

/** Whether a lab can be opened with the files of the newest build there; its Dockerfile is told. */
export function forkReason(scene: Scene | null, boot: RecordingBoot): string {
  const build = scene?.builds.at(-1);
  if (!scene) return "The recording is being fetched.";
  if (!build) return "Nothing is built in this recording.";
  const carried = new Set(boot.included);
  return build.files.every(({ sha256, path }) => carried.has(sha256) || path === "Dockerfile")
    ? ""
    : "This recording was made without the files of its builds.";
}

/** The engine that it was made on. A distribution's own part of the version says nothing here. */
export function engineWords({ name, version, simulated }: EngineInfo): string {
  return simulated ? `${name} (simulated userland)` : `${name} ${version.replace(/\+.*/, "")}`;
}

/** `23 November 2026, 12:00 UTC`; empty for what is no time. */
export function madeWords(madeAt: string): string {
  const time = Date.parse(madeAt);
  if (Number.isNaN(time)) return "";
  const words = new Intl.DateTimeFormat("en-GB", {
    dateStyle: "long",
    timeStyle: "short",
    timeZone: "UTC",
  });
  return `${words.format(time).replace(" at ", ", ")} UTC`;
}
