/** The engines that a lab may be opened on here, as the server told them. */

export interface Offer {
  /** `embedded` or `docker`: what the form sends. */
  readonly kind: string;
  readonly title: string;
  /** A sentence or two: what it is good for, and what it is not. */
  readonly about: string;
}

/** Those that are whole; anything else in the list is left out. */
export function readOffers(raw: unknown): readonly Offer[] {
  return Array.isArray(raw) ? raw.filter(isOffer).map(bare) : [];
}

export function isOffer(raw: unknown): raw is Offer {
  if (typeof raw !== "object" || raw === null) return false;
  const { kind, title, about } = raw as Record<string, unknown>;
  return typeof kind === "string" && typeof title === "string" && typeof about === "string";
}

function bare({ kind, title, about }: Offer): Offer {
  return { kind, title, about };
}
