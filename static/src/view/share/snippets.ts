/**
 * What an author copies into a page of their own: one function a kind, pure, everything escaped.
 * Addresses are whole ones (`https://…`), as they go to other sites.
 */
import { SANDBOX } from "../../sandbox";

/** How an embedded player is to begin; what is left out is the player's own choice. */
export interface Options {
  /** A moment such as `e120` or `1:23`; empty for the beginning. */
  readonly t: string;
  readonly speed: string;
  readonly theme: "auto" | "light" | "dark";
  readonly autoplay: boolean;
  readonly controls: boolean;
  /** Pixels, for what has a fixed height. */
  readonly height: number;
}

export const USUAL: Options = {
  t: "",
  speed: "1",
  theme: "auto",
  autoplay: false,
  controls: true,
  height: 600,
};

/** A recording on a site. */
export interface Shared {
  /** Of the site, without a slash at its end. */
  readonly origin: string;
  readonly id: string;
  readonly title: string;
}

/** The recording's page, at a moment when one is given. */
export function pageAddress({ origin, id }: Shared, options: Options): string {
  return `${origin}/r/${encodeURIComponent(id)}/${options.t ? `#t=${options.t}` : ""}`;
}

export function fileAddress({ origin, id }: Shared): string {
  return `${origin}/r/${encodeURIComponent(id)}.jsonl`;
}

export function stillAddress({ origin, id }: Shared, options: Options): string {
  return withQuery(`${origin}/r/${encodeURIComponent(id)}/still.svg`, {
    t: options.t,
    theme: options.theme === "auto" ? "" : options.theme,
  });
}

export function qrAddress({ origin, id }: Shared, options: Options): string {
  return withQuery(`${origin}/r/${encodeURIComponent(id)}/qr.svg`, { t: options.t });
}

export function oembedAddress(shared: Shared, options: Options): string {
  return withQuery(`${shared.origin}/oembed`, { url: pageAddress(shared, options) });
}

/** The player alone, as a frame shows it. */
export function embedAddress({ origin, id }: Shared, options: Options): string {
  return withQuery(`${origin}/embed/${encodeURIComponent(id)}`, {
    t: options.t,
    speed: options.speed === USUAL.speed ? "" : options.speed,
    theme: options.theme === "auto" ? "" : options.theme,
    autoplay: options.autoplay ? "1" : "",
    controls: options.controls ? "" : "0",
  });
}

/** A script and an element that finds its own height. */
export function element(shared: Shared, options: Options): string {
  const attributes = [
    ["src", pageAddress(shared, USUAL)],
    ["title", shared.title],
    ["t", options.t],
    ["speed", options.speed === USUAL.speed ? "" : options.speed],
    ["theme", options.theme === "auto" ? "" : options.theme],
    ["autoplay", options.autoplay ? "1" : ""],
    ["controls", options.controls ? "" : "0"],
  ] as const;
  const written = attributes.filter(([name, value]) => value !== "" || name === "title");
  const script = `<script src="${escaped(`${shared.origin}/embed/layercake-player.js`)}" async></script>`;
  return `${script}\n<layercake-player${written.map(pair).join("")}></layercake-player>`;
}

/** A frame of a fixed height, for where scripts are not taken. */
export function frame(shared: Shared, options: Options): string {
  return (
    `<iframe src="${escaped(embedAddress(shared, options))}" title="${escaped(shared.title)}" ` +
    `width="100%" height="${options.height}" sandbox="${SANDBOX}" ` +
    `loading="lazy" allowfullscreen style="border:0"></iframe>`
  );
}

/** A picture of the moment that leads to the recording. */
export function picture(shared: Shared, options: Options): string {
  const address = escaped(pageAddress(shared, options));
  const image = `<img src="${escaped(stillAddress(shared, options))}" alt="${escaped(shared.title)}" width="800">`;
  return `<a href="${address}">${image}</a>`;
}

/** The same for READMEs and forums. */
export function markdown(shared: Shared, options: Options): string {
  const title = shared.title.replace(/[\\[\]]/g, "\\$&").replace(/\s+/g, " ");
  return `[![${title}](${stillAddress(shared, options)})](${pageAddress(shared, options)})`;
}

/** What makes a folder of static files of it, on the site's own machine. */
export function publish({ id }: Shared): string {
  return `python manage.py publish ${id.startsWith("-") ? `-- ${id}` : id} --out ${folder(id)}`;
}

/**
 * A frame in which the reader builds and runs by themselves. It must have its own origin, so its
 * sandbox, if there is one, needs `allow-same-origin`.
 */
export function liveFrame(origin: string, recipe: string, title: string, height: number): string {
  const address = withQuery(`${origin}/embed/lab`, { recipe });
  return (
    `<iframe src="${escaped(address)}" title="${escaped(title)}" width="100%" ` +
    `height="${height}" allow="clipboard-write" loading="lazy" style="border:0"></iframe>`
  );
}

export function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

function pair([name, value]: readonly [string, string]): string {
  return ` ${name}="${escaped(value)}"`;
}

function withQuery(address: string, given: Readonly<Record<string, string>>): string {
  const filled = Object.entries(given).filter(([, value]) => value !== "");
  return filled.length === 0 ? address : `${address}?${new URLSearchParams(filled)}`;
}

function folder(id: string): string {
  return `./${id.replace(/^-/, "")}`;
}
