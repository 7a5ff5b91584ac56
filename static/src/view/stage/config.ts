/** The image's config as lines of a card: what ENV, CMD, EXPOSE… leave, set or still to come. */
import { configEntries, configValues, configWords } from "../../scene/select";
import type { Build } from "../../scene/types";

export interface ConfigLine {
  /** Docker's key, for example `Env`. */
  readonly field: string;
  /** Plain words, for example `environment variables`. */
  readonly words: string;
  readonly values: readonly string[];
  readonly state: "planned" | "running" | "set";
}

const FIELD_OF: Readonly<Record<string, string>> = {
  ENTRYPOINT: "Entrypoint",
  CMD: "Cmd",
  ENV: "Env",
  EXPOSE: "ExposedPorts",
  USER: "User",
  VOLUME: "Volumes",
  LABEL: "Labels",
  HEALTHCHECK: "Healthcheck",
  STOPSIGNAL: "StopSignal",
  SHELL: "Shell",
  ONBUILD: "OnBuild",
};

export function configOfImage(config: Readonly<Record<string, unknown>>): ConfigLine[] {
  return configEntries(config).map((entry) => ({ ...entry, state: "set" }));
}

/** The config of one stage as its build goes on: what is set, and what is still to come. */
export function configOfBuild(build: Build, stage: number): ConfigLine[] {
  const lines = new Map<string, ConfigLine>();
  for (const step of build.steps) {
    if (step.stage !== stage || step.skipped) continue;
    if (step.config) {
      const { field, value } = step.config;
      const values = configValues(field, value);
      lines.set(field, { field, words: configWords(field), values, state: "set" });
    } else if (build.state === "running" && ["waiting", "running"].includes(step.state)) {
      const field = FIELD_OF[step.instruction];
      if (field === undefined || lines.has(field)) continue;
      const state = step.state === "running" ? "running" : "planned";
      lines.set(field, { field, words: configWords(field), values: [], state });
    }
  }
  return [...lines.values()];
}
