/**
 * `<layercake-player src title>`: a recording on any page, in a frame that is as high as it asks to
 * be. Further attributes: t, speed, theme, autoplay, controls, lang, height.
 */
import { SANDBOX } from "./sandbox";

const ASKED = ["t", "speed", "theme", "autoplay", "controls", "lang"];
const LEAST = 120;
const MOST = 4000;

class LayercakePlayer extends HTMLElement {
  static readonly observedAttributes = ["src", "title", "height", ...ASKED];
  #frame: HTMLIFrameElement | null = null;

  readonly #hear = ({ source, data }: MessageEvent): void => {
    const frame = this.#frame;
    // Any page may send a message: only that of the own frame counts, and only a sound number.
    if (!frame || source !== frame.contentWindow || data?.type !== "layercake:resize") return;
    const { height } = data;
    if (this.hasAttribute("height") || !Number.isFinite(height)) return;
    frame.style.height = `${Math.min(MOST, Math.max(LEAST, Math.ceil(height)))}px`;
  };

  connectedCallback(): void {
    addEventListener("message", this.#hear);
    this.#show();
  }

  disconnectedCallback(): void {
    removeEventListener("message", this.#hear);
    this.#frame?.remove();
    this.#frame = null;
  }

  attributeChangedCallback(name: string): void {
    if (!this.#frame) return;
    if (name === "title") this.#frame.title = this.#title;
    else if (name === "height") this.#setHeight(this.#frame);
    else this.#show();
  }

  get #title(): string {
    return this.title || "A recording of containers, by Layercake";
  }

  #setHeight(frame: HTMLIFrameElement): void {
    const height = Number(this.getAttribute("height"));
    frame.style.height = `${height > 0 ? Math.min(MOST, height) : 600}px`;
  }

  #show(): void {
    const address = this.#address();
    if (!address) {
      this.#frame?.remove();
      this.#frame = null;
      return;
    }
    const frame = (this.#frame ??= this.#made());
    if (frame.src !== address) frame.src = address;
    if (!frame.isConnected) this.append(frame);
  }

  #made(): HTMLIFrameElement {
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", SANDBOX);
    frame.setAttribute("loading", "lazy");
    frame.allowFullscreen = true;
    frame.title = this.#title;
    frame.style.cssText = "display:block;width:100%;border:0";
    this.#setHeight(frame);
    return frame;
  }

  /** The address of the embed; null for a `src` that is no address of the web. */
  #address(): string | null {
    try {
      const url = new URL(this.getAttribute("src") ?? "", document.baseURI);
      if (!/^https?:$/.test(url.protocol) || !this.getAttribute("src")) return null;
      // The address of a recording's page will do as well.
      url.pathname = url.pathname.replace(/^(.*)\/r\/([^/]+)\/?$/, "$1/embed/$2");
      for (const name of ASKED) {
        const value = this.getAttribute(name);
        if (value !== null) url.searchParams.set(name, value);
      }
      return url.href;
    } catch {
      return null;
    }
  }
}

// A page that has the script twice keeps the first.
if (!customElements.get("layercake-player")) {
  customElements.define("layercake-player", LayercakePlayer);
}
