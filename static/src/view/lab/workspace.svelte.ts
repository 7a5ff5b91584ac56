/** The learner's files on this page: which is shown, what is found in them, and their saving. */
import type { Diagnosis, SourceFile } from "../../events/generated";
import { Autosave, type SaveState } from "../editor/autosave";
import {
  Diagnoser,
  NOTHING_FOUND,
  type Answer,
  type Findings,
  type Question,
} from "../editor/diagnose";
import {
  addFile,
  DOCKERFILE,
  fileFromBytes,
  findFile,
  inTabOrder,
  pathProblem,
  removeFile,
  renameFile,
  setText,
  tabAfterRemoval,
  tidyPath,
} from "../editor/files";

export interface WorkspacePorts {
  /** Only the owner's changes are saved. */
  isOwner(): boolean;
  save(files: readonly SourceFile[]): Promise<unknown>;
  diagnose(question: Question, signal: AbortSignal): Promise<Answer>;
}

export class Workspace {
  files = $state.raw<readonly SourceFile[]>([]);
  active = $state.raw<string | null>(null);
  findings = $state.raw<Findings>(NOTHING_FOUND);
  saveState = $state.raw<SaveState>("saved");
  readonly tabs = $derived(inTabOrder(this.files));
  readonly shown = $derived(this.active === null ? undefined : findFile(this.files, this.active));
  readonly #autosave: Autosave<readonly SourceFile[]>;
  readonly #diagnoser: Diagnoser;

  constructor(
    files: readonly SourceFile[],
    private readonly ports: WorkspacePorts,
  ) {
    this.files = files;
    this.active = findFile(files, DOCKERFILE)?.path ?? files[0]?.path ?? null;
    this.#autosave = new Autosave((value) => ports.save(value));
    this.#diagnoser = new Diagnoser((question, signal) => ports.diagnose(question, signal), 250);
    this.#autosave.subscribe((state) => (this.saveState = state));
    this.#diagnoser.subscribe((findings) => (this.findings = findings));
    this.#diagnoser.changed(files);
  }

  get dirty(): boolean {
    return this.#autosave.dirty;
  }

  edit(path: string, text: string): void {
    if (findFile(this.files, path)?.text === text) return;
    this.#change(setText(this.files, path, text));
  }

  open(path: string): void {
    if (findFile(this.files, path)) this.active = path;
  }

  /** Why the name cannot be given; null when the file was made and is shown. */
  add(path: string): string | null {
    const problem = pathProblem(path, this.files);
    if (problem) return problem;
    this.#change(addFile(this.files, { path: tidyPath(path), text: "" }));
    this.active = tidyPath(path);
    return null;
  }

  /** Why the new name cannot be given; null when the file has it. */
  rename(from: string, to: string): string | null {
    const problem = pathProblem(to, this.files, from);
    if (problem) return problem;
    this.#change(renameFile(this.files, from, tidyPath(to)));
    if (this.active === from) this.active = tidyPath(to);
    return null;
  }

  remove(path: string): void {
    if (this.active === path) this.active = tabAfterRemoval(this.files, path);
    this.#change(removeFile(this.files, path));
  }

  /** Files chosen or dropped; those of the same name are replaced. The paths that cannot be had. */
  upload(files: readonly { path: string; bytes: Uint8Array }[]): string[] {
    const refused: string[] = [];
    let next: readonly SourceFile[] = this.files;
    let last: string | null = null;
    for (const { path, bytes } of files) {
      const tidy = tidyPath(path);
      const problem = pathProblem(tidy, removeFile(next, tidy));
      if (problem) {
        refused.push(`${path}: ${problem}`);
        continue;
      }
      next = addFile(next, fileFromBytes(tidy, bytes));
      last = tidy;
    }
    if (last !== null) {
      this.#change(next);
      this.active = last;
    }
    return refused;
  }

  /** Other files altogether, come from the site: there is nothing to save. */
  replace(files: readonly SourceFile[]): void {
    this.files = files;
    if (!this.shown) this.active = findFile(files, DOCKERFILE)?.path ?? files[0]?.path ?? null;
    this.#diagnoser.changed(files);
  }

  /** Save what waits, now: before the page goes away, and when a failed save is tried again. */
  flush(): Promise<void> {
    return this.#autosave.flush();
  }

  /** A build took these files along, so they are saved unless something was typed since. */
  carried(files: readonly SourceFile[]): void {
    const same =
      files.length === this.files.length && files.every((file) => this.files.includes(file));
    if (same) this.#autosave.forget();
  }

  /** Problems of the Dockerfile, worst first, then by line. */
  get problems(): readonly Diagnosis[] {
    const rank = { error: 0, warning: 1, hint: 2 };
    return [...this.findings.diagnoses].sort(
      (a, b) => rank[a.severity] - rank[b.severity] || (a.line ?? 0) - (b.line ?? 0),
    );
  }

  #change(files: readonly SourceFile[]): void {
    this.files = files;
    this.#diagnoser.changed(files);
    if (this.ports.isOwner()) this.#autosave.changed(files);
  }
}
