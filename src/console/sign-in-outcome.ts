/** How a sign-in at the provider failed: the server leaves the word in the address, the page tells it. */
export type SignInOutcome = "denied" | "failed" | "stale";
