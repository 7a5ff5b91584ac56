/** What a file is written in, by its name. */

export type Mode = "dockerfile" | "python" | "shell" | "javascript" | "yaml" | "plain";

const BY_ENDING: Readonly<Record<string, Mode>> = {
  py: "python",
  pyw: "python",
  sh: "shell",
  bash: "shell",
  js: "javascript",
  mjs: "javascript",
  json: "javascript",
  yml: "yaml",
  yaml: "yaml",
  dockerfile: "dockerfile",
};

export function modeOf(path: string): Mode {
  const name = path.split("/").at(-1) ?? path;
  if (/^(dockerfile|containerfile)(\.|$)/i.test(name)) return "dockerfile";
  const ending = name.includes(".") ? (name.split(".").at(-1) ?? "").toLowerCase() : "";
  return BY_ENDING[ending] ?? "plain";
}
