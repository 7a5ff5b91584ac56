/**
 * The document as xterm is given it. xterm makes style elements and style attributes by itself; the
 * page's policy allows the first with a nonce only, and the second through the style object only.
 */
export function documentWithNonce(real: Document, nonce: string): Document {
  return new Proxy(real, {
    get(target, property) {
      if (property === "createElement") {
        return (tag: string, options?: ElementCreationOptions) =>
          allowed(target.createElement(tag, options), nonce);
      }
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

/** While `work` runs, the page's own document stamps style elements too: xterm asks it for one. */
export function withStampedStyles(nonce: string, work: () => void): void {
  const create = document.createElement.bind(document);
  document.createElement = ((tag: string, options?: ElementCreationOptions) =>
    allowed(create(tag, options), nonce)) as typeof document.createElement;
  try {
    work();
  } finally {
    Reflect.deleteProperty(document, "createElement");
  }
}

/**
 * From now on a style attribute of any span goes through its style object. xterm makes the spans of
 * coloured text in the page's own document, whatever document it was given (DomRenderer.ts, 6.0).
 */
export function allowSpanStyles(): void {
  const spans = HTMLSpanElement.prototype;
  if (Object.hasOwn(spans, "setAttribute")) return;
  spans.setAttribute = function (this: HTMLSpanElement, name: string, value: string): void {
    if (name === "style") this.style.cssText = value;
    else Element.prototype.setAttribute.call(this, name, value);
  };
}

function allowed<E extends HTMLElement>(element: E, nonce: string): E {
  if (element instanceof HTMLStyleElement) element.nonce = nonce;
  const set = element.setAttribute.bind(element);
  element.setAttribute = (name: string, value: string) => {
    if (name === "style") element.style.cssText = value;
    else set(name, value);
  };
  return element;
}
