/** What an embed tells the page around it: the height that it would like to have. */

/** Our own message; the custom element and anyone else may listen to it. */
export interface ResizeMessage {
  readonly type: "layercake:resize";
  /** Pixels. */
  readonly height: number;
  /** The recording's id; empty in a published folder. */
  readonly id: string;
}

/** The part of a window that is told. */
export interface Around {
  postMessage(message: unknown, targetOrigin: string): void;
}

/**
 * Tells the height in our own words, in Canvas's (`lti.frameResize`, an object with whole pixels) and
 * in OpenLearning's (a text of JSON). It is no secret, so any page may hear it.
 */
export function tellHeight(around: Around, height: number, id: string): void {
  const own: ResizeMessage = { type: "layercake:resize", height, id };
  around.postMessage(own, "*");
  around.postMessage({ subject: "lti.frameResize", height }, "*");
  around.postMessage(JSON.stringify({ action: "resize", height }), "*");
}

/** Tells a height only when it is another one, rounded up to whole pixels. */
export function teller(around: Around | null, id: string): (height: number) => void {
  let told = 0;
  return (height) => {
    const whole = Math.ceil(height);
    if (!around || !(whole >= 1) || whole === told) return;
    told = whole;
    tellHeight(around, whole, id);
  };
}
