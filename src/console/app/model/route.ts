/** What the address says: project, search, page. Also how one gets back from a page, which only history remembers. */

import { useEffect, useState } from "preact/hooks";
import { containsKey } from "../../../domain/key-outline.ts";
import { PROJECT_ID_SOURCE } from "../../../domain/project-id.ts";

export interface Route {
  /** Empty: none said. */
  readonly projectId: string;
  readonly query: string;
  /** Empty: the first page. */
  readonly pageToken: string;
  readonly pageNumber: number;
  /** Tokens of the pages before this one, where they are known. */
  readonly trail: readonly string[];
  /** What a sign-in that failed left in the address. */
  readonly signInOutcome: string;
  /** A complete key stood in the address, and was taken out of it. */
  readonly hadKey: boolean;
}

const PATH = new RegExp(`^/projects/(${PROJECT_ID_SOURCE})/api-keys$`);
/** A history entry must stay small, however far one pages. */
const MAX_TRAIL = 200;
const CHANGED = "keyfast-route";

/** What history remembers of an entry beside its address. */
type Remembered = Partial<Pick<Route, "trail" | "hadKey">>;

export function currentRoute(): Route {
  const params = new URLSearchParams(location.search);
  const { trail, hadKey = false } = (history.state ?? {}) as Remembered;
  const pageToken = params.get("page") ?? "";
  const number = Number(params.get("n"));
  return {
    projectId: PATH.exec(location.pathname)?.[1] ?? "",
    query: params.get("q") ?? "",
    pageToken,
    pageNumber: pageToken === "" ? 1 : Number.isSafeInteger(number) && number > 1 ? number : 2,
    trail: pageToken === "" ? [] : (trail ?? []),
    signInOutcome: params.get("sign-in") ?? "",
    hadKey,
  };
}

/** No address may hold a secret: browsers keep them, show them, and hand them on. */
function takeKeyOut(): void {
  const route = currentRoute();
  if (!containsKey(location.href) && !containsKey(route.query)) return;
  history.replaceState(
    { hadKey: true } satisfies Remembered,
    "",
    addressOf({ ...route, ...FIRST, query: "" }),
  );
}

function safeRoute(): Route {
  takeKeyOut();
  return currentRoute();
}

export function addressOf({ projectId, query, pageToken, pageNumber }: Route): string {
  const params = new URLSearchParams();
  if (query !== "") params.set("q", query);
  if (pageToken !== "") {
    params.set("page", pageToken);
    params.set("n", String(pageNumber));
  }
  const search = params.size > 0 ? `?${params}` : "";
  return (projectId === "" ? "/" : `/projects/${projectId}/api-keys`) + search;
}

type Step = "push" | "replace";

function go(route: Route, step: Step): void {
  const state: Remembered = { trail: route.trail.slice(-MAX_TRAIL) };
  if (step === "push") history.pushState(state, "", addressOf(route));
  else history.replaceState(state, "", addressOf(route));
  dispatchEvent(new Event(CHANGED));
}

const FIRST = { pageToken: "", pageNumber: 1, trail: [], signInOutcome: "", hadKey: false };

export const openProject = (projectId: string, step: Step = "push") =>
  go({ ...FIRST, projectId, query: "" }, step);

export const search = (query: string) => go({ ...currentRoute(), ...FIRST, query }, "replace");

export const openFirstPage = (step: Step = "push") => go({ ...currentRoute(), ...FIRST }, step);

/** Takes out of the address what is of no use to be kept in it. */
export const tidyAddress = () => go({ ...currentRoute(), signInOutcome: "" }, "replace");

export function openNextPage(pageToken: string): void {
  const route = currentRoute();
  const trail = [...route.trail, route.pageToken];
  go({ ...route, pageToken, pageNumber: route.pageNumber + 1, trail }, "push");
}

/** Only where the trail is known. */
export function openPreviousPage(): void {
  const route = currentRoute();
  const pageToken = route.trail.at(-1) ?? "";
  const trail = route.trail.slice(0, -1);
  go({ ...route, pageToken, pageNumber: Math.max(route.pageNumber - 1, 1), trail }, "push");
}

let held: { readonly address: string; readonly state: unknown } | undefined;

/** Going back or forth leads nowhere until the hold is given up: something is open that must not be lost. */
export function holdAddress(): () => void {
  held = { address: location.href, state: history.state };
  return () => {
    held = undefined;
  };
}

export function useRoute(): Route {
  const [route, setRoute] = useState(safeRoute);
  useEffect(() => {
    const update = () => setRoute(safeRoute());
    const onMove = () => {
      if (held) history.pushState(held.state, "", held.address);
      else update();
    };
    addEventListener("popstate", onMove);
    addEventListener(CHANGED, update);
    return () => {
      removeEventListener("popstate", onMove);
      removeEventListener(CHANGED, update);
    };
  }, []);
  return route;
}
