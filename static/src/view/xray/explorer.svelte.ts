/**
 * One look into a layer, an image or a container: what is asked of the site, what came, and which
 * folders are open. Components read it and call it; the arithmetic is in `tree.ts`.
 */
import type { Problem } from "../../events/generated";
import { asProblem } from "../lab/notices";
import type { Filter, XrayPage, XrayQuery, XraySummary } from "./answers";
import {
  asking,
  closed,
  failed,
  foldersAbove,
  keyOf,
  NO_TREE,
  opened,
  received,
  restKey,
  ROOT,
  rowsOf,
  type Tree,
  unlisted,
} from "./tree";

export type Ask = (query: XrayQuery) => Promise<XrayPage>;

/** Typing asks once it rests. */
const REST_MS = 180;
/** A folder with at most so many entries opens those in it, until so many rows are there. */
const FEW = 4;
const MANY = 24;

export class Explorer {
  tree = $state.raw<Tree>(NO_TREE);
  search = $state.raw("");
  only = $state.raw<readonly Filter[]>([]);
  largest = $state.raw(false);
  /** Of all that is looked into, whatever is filtered; null until the first answer. */
  summary = $state.raw<XraySummary | null>(null);
  /** Why nothing can be shown; null when something can. */
  problem = $state.raw<Problem | null>(null);
  /** True while the answer to what is asked for is awaited. */
  busy = $state.raw(false);
  /** The row that has, or would get, the focus, by its key. */
  active = $state.raw("");
  readonly rows = $derived(rowsOf(this.tree));
  /** True when what is shown was searched for or filtered. */
  readonly narrowed = $derived(this.search !== "" || this.only.length > 0);

  #ask: Ask;
  /** Answers to what was asked before are too late. */
  #turn = 0;
  #typing: ReturnType<typeof setTimeout> | undefined;
  #unfolded = false;

  constructor(ask: Ask, only: readonly Filter[] = []) {
    this.#ask = ask;
    this.only = only;
  }

  /** Ask for what is shown, also when it was asked before: its subject is another by now. */
  async start(ask: Ask = this.#ask): Promise<void> {
    this.#ask = ask;
    const turn = ++this.#turn;
    const flat = this.narrowed;
    this.busy = true;
    const open = flat ? [] : [...this.tree.open];
    try {
      const page = await ask(this.#query(ROOT));
      if (turn !== this.#turn) return;
      this.summary = page.summary;
      this.problem = null;
      const before = this.tree.flat === flat && !flat ? this.tree : NO_TREE;
      this.tree = received({ ...before, open: this.tree.open, flat }, ROOT, page, false);
      // What a folder showed stays until its new children are here.
      await Promise.all(open.map((folder) => this.#fetch(folder, turn)));
      if (!this.#unfolded && !flat) await this.#unfold(ROOT, turn);
    } catch (error) {
      if (turn === this.#turn) this.problem = asProblem(error);
    } finally {
      if (turn === this.#turn) this.busy = false;
    }
  }

  close(): void {
    this.#turn += 1;
    clearTimeout(this.#typing);
  }

  type(search: string): void {
    this.search = search;
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => void this.start(), REST_MS);
  }

  toggle(filter: Filter): void {
    const { only } = this;
    this.show(only.includes(filter) ? only.filter((each) => each !== filter) : [...only, filter]);
  }

  /** Only what these filters let through; with none, the whole tree. */
  show(only: readonly Filter[]): void {
    this.only = only;
    void this.start();
  }

  sortBySize(largest: boolean): void {
    this.largest = largest;
    // Another order is another list; the root stays until its new one is here.
    this.tree = unlisted(this.tree, ROOT);
    void this.start();
  }

  clear(): void {
    clearTimeout(this.#typing);
    this.search = "";
    this.show([]);
  }

  open(folder: string): void {
    this.tree = opened(this.tree, folder);
    if (!this.tree.listings.has(folder)) void this.#fetch(folder, this.#turn);
  }

  fold(folder: string): void {
    this.tree = closed(this.tree, folder);
  }

  /** The next page of a folder, or once more what failed. */
  more(folder: string): void {
    const listing = this.tree.listings.get(folder);
    if (listing?.busy) return;
    void this.#fetch(folder, this.#turn, listing?.next ?? null);
  }

  /** Leave the flat list and show the folder where it is in the tree. */
  async reveal(folder: string): Promise<void> {
    clearTimeout(this.#typing);
    this.search = "";
    this.only = [];
    this.tree = opened(unlisted(this.tree), ...foldersAbove(folder), folder);
    await this.start();
    const row = rowsOf(this.tree).find(
      (each) => each.what === "entry" && each.entry.path === folder,
    );
    if (row) this.active = row.key;
  }

  async #fetch(folder: string, turn: number, after: string | null = null): Promise<void> {
    const known = this.tree.listings.get(folder);
    // What is asked anew stays as it was meanwhile, without a row that comes and goes.
    if (!known || known.trouble || after !== null) this.tree = asking(this.tree, folder);
    try {
      const page = await this.#ask(this.#query(folder, after));
      if (turn !== this.#turn) return;
      const first = page.entries[0];
      // Who waited at the end goes on with what came, and is not carried to the new end.
      if (first && this.active === restKey(folder)) this.active = keyOf(first);
      this.tree = received(this.tree, folder, page, after !== null);
    } catch (error) {
      const { title } = asProblem(error);
      if (turn === this.#turn) this.tree = failed(this.tree, folder, `${title} Try again`);
    }
  }

  /** What is so little that it is seen at a glance needs no clicks: its folders open by themselves. */
  async #unfold(folder: string, turn: number): Promise<void> {
    this.#unfolded = true;
    const listing = this.tree.listings.get(folder);
    if (!listing || listing.next !== null || listing.entries.length > FEW) return;
    for (const { kind, path, children } of listing.entries) {
      if (kind !== "directory" || children === 0 || rowsOf(this.tree).length > MANY) continue;
      this.tree = opened(this.tree, path);
      await this.#fetch(path, turn);
      if (turn !== this.#turn) return;
      await this.#unfold(path, turn);
    }
  }

  #query(folder: string, after: string | null = null): XrayQuery {
    const order = {
      sort: this.largest ? ("size" as const) : ("name" as const),
      ...(after === null ? {} : { after }),
    };
    if (!this.narrowed) return { folder, ...order };
    return { search: this.search, only: this.only, ...order };
  }
}
