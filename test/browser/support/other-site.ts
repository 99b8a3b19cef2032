/** Somebody at the console whose sign-in provider is another site. */
import type { Page } from "playwright-core";
import { useBrowser, useProvider, useService, visit } from "./visit.ts";

/** The provider of a test file, a service that signs people in there, and a browser. */
export function useOtherSite() {
  const provider = useProvider();
  const browser = useBrowser();
  const service = useService(() => provider().settings);
  /** Under this name it is another site than the provider, which is at 127.0.0.1. */
  const home = () => service().httpUrl.replace("127.0.0.1", "localhost");
  return {
    provider,
    service,
    home,
    arrive: () => visit(browser(), home(), { others: [provider().url] }),
  };
}

export const signInTitle = (page: Page) => page.getByRole("heading", { name: "Sign in to Keyfast" });
