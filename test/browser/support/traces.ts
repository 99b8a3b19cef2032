/** Where a secret could be left: in the page, in its storage, in the history of its tab. */
import type { Page } from "playwright-core";
import type { Visit } from "./visit.ts";

/** Everything of the page that outlives a dialog. */
export const kept = (page: Page) =>
  page.evaluate(async () => {
    const databases = await indexedDB.databases();
    const caches_ = await caches.keys();
    const fields = [...document.querySelectorAll("input, textarea")].map(
      (field) => (field as HTMLInputElement).value,
    );
    return [
      document.documentElement.outerHTML,
      JSON.stringify(fields),
      JSON.stringify({ ...localStorage }),
      JSON.stringify({ ...sessionStorage }),
      document.cookie,
      window.name,
      location.href,
      document.title,
      JSON.stringify(history.state),
      String(getSelection()),
      JSON.stringify([databases, caches_]),
    ].join("\n");
  });

/** Each entry of the tab's history, as the browser itself keeps it; not what was typed to get there. */
export async function historyOf({ page, context }: Visit): Promise<string> {
  const tools = await context.newCDPSession(page);
  const { entries } = await tools.send("Page.getNavigationHistory");
  return JSON.stringify(entries.map(({ url, title }) => [url, title]));
}
