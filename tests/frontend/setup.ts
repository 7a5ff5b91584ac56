/** What every test file starts with: a page that is cleared after each test, and patience. */
import { beforeEach } from "vitest";

import { PATIENCE_MS } from "./eventually";

/** jsdom lays nothing out: no size is ever another. */
class ObserverOfNothing implements ResizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

// Tests without a page (most of them) need not load what renders one.
if (typeof document !== "undefined") {
  const { act, cleanup, configure, setup } = await import("@testing-library/svelte");
  globalThis.ResizeObserver ??= ObserverOfNothing;
  configure({ asyncUtilTimeout: PATIENCE_MS });
  beforeEach(async () => {
    await setup();
    return async () => {
      await act();
      cleanup();
    };
  });
}
