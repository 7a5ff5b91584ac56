/**
 * A page of an older build than the site has now: a part that it fetches only when it is needed is
 * no longer there. Plain elements, here from the start: nothing can be fetched for it any more.
 */
import "./outdated.css";

const WORDS =
  "This page is from before that, and what it needs now is no longer there. Reload the page: labs " +
  "and recordings are kept.";

/** Says so when a part of this page cannot be fetched because the site was built anew. */
export function watchForUpdates(
  page: Document,
  words = WORDS,
  fetcher: typeof fetch = fetchIt,
): void {
  // Vite's event. It goes on to whoever asked for the part, who says what they miss.
  window.addEventListener("vite:preloadError", () => {
    void isOutdated(page, fetcher).then((outdated) => {
      if (outdated) tell(page, words);
    });
  });
}

/** Whether even the page's own script is gone. Who is offline hears of that elsewhere. */
async function isOutdated(page: Document, fetcher: typeof fetch): Promise<boolean> {
  const entry = page.querySelector<HTMLScriptElement>('script[type="module"][src]')?.src;
  if (!entry) return false;
  const answer = await fetcher(entry, { method: "HEAD", cache: "no-store" }).catch(() => null);
  return answer?.status === 404;
}

function tell(page: Document, words: string): void {
  if (page.querySelector(".outdated")) return;
  const notice = page.createElement("div");
  notice.className = "outdated";
  notice.setAttribute("role", "alert");
  // Above dialogs too, where the browser can.
  notice.setAttribute("popover", "manual");
  const title = page.createElement("strong");
  title.textContent = "Layercake was updated.";
  const reload = page.createElement("button");
  reload.type = "button";
  reload.textContent = "Reload the page";
  reload.addEventListener("click", () => page.defaultView?.location.reload());
  const text = page.createElement("p");
  text.append(title, ` ${words}`);
  notice.append(text, reload);
  page.body.append(notice);
  (notice as Partial<HTMLElement>).showPopover?.();
}

const fetchIt: typeof fetch = (...args) => fetch(...args);
