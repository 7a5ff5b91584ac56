/** What the browser remembers of the page. A browser that refuses storage costs memory, never the page. */

export interface Memory {
  get(key: string): string | null;
  set(key: string, value: string): void;
}

const PREFIX = "layercake.";

/** Remembers in `storage`, or for the page's life only where that is refused. */
export function rememberIn(storage: () => Storage | undefined): Memory {
  const here = new Map<string, string>();
  return {
    get(key) {
      try {
        return storage()?.getItem(PREFIX + key) ?? here.get(key) ?? null;
      } catch {
        return here.get(key) ?? null;
      }
    },
    set(key, value) {
      here.set(key, value);
      try {
        storage()?.setItem(PREFIX + key, value);
      } catch {
        // Private windows and full disks refuse; `here` has it until the page is closed.
      }
    },
  };
}

export const browserMemory: Memory = rememberIn(() => globalThis.localStorage);
