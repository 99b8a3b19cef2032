/** Signing in with a token, and what is left of it. */
import { beforeAll, describe, expect, it } from "vitest";
import { OPERATOR_TOKEN } from "../support/service.ts";
import { signInTitle, useOtherSite } from "./support/other-site.ts";
import { button, row } from "./support/steps.ts";
import { storeKeys } from "./support/stored-keys.ts";
import { historyOf, kept } from "./support/traces.ts";
import { enter, pathTo } from "./support/visit.ts";

const { provider, service, home, arrive } = useOtherSite();
beforeAll(() => storeKeys(service(), "demo", [{ displayName: "Other" }]));

describe("with a token", () => {
  it("asks for what is missing at its field, and says why a token is not taken", async () => {
    const { page } = await arrive();
    await page.goto("/");
    await button(page, "Sign in").click();
    await page.getByText("A project id is 1 to 64 letters").waitFor();
    await page.getByLabel("Project").fill("demo");
    await button(page, "Sign in").click();
    await page.getByText("Paste your token.").waitFor();
    await page.getByLabel("Token").fill("x".repeat(40));
    await button(page, "Sign in").click();
    await page.getByText("This token is not valid, or has expired.").waitFor();
    expect(await page.getByLabel("Token").getAttribute("aria-invalid")).toBe("true");
    expect(await page.getByLabel("Token").getAttribute("type")).toBe("password");
  });

  it("of a person opens the project that was named", async () => {
    const { page } = await arrive();
    await page.goto("/");
    await page.getByLabel("Project").fill("demo");
    await page.getByLabel("Token").fill(await provider().person("ada", ["demo", "other"]));
    await button(page, "Sign in").click();
    await row(page, "Other").waitFor();
    expect(page.url()).toBe(`${home()}${pathTo("demo")}`);
  });

  it("is in no address, no history, no storage and no field once one is in, nor after signing out", async () => {
    const here = await arrive();
    const { page, context, requested, written } = here;
    await page.goto("/");
    await page.getByLabel("Project").fill("demo");
    await page.getByLabel("Token").fill(OPERATOR_TOKEN);
    expect(await kept(page), "while it is entered it is found").toContain(OPERATOR_TOKEN);
    await button(page, "Sign in").click();
    await row(page, "Other").waitFor();
    const look = async () =>
      [
        await kept(page),
        await historyOf(here),
        JSON.stringify(await context.storageState({ indexedDB: true })),
        ...requested,
        ...written,
      ].join("\n");
    expect(await look()).not.toContain(OPERATOR_TOKEN);
    await button(page, "Sign out").click();
    await signInTitle(page).waitFor();
    expect(await look()).not.toContain(OPERATOR_TOKEN);
  });
});

it("a page of another site gets nothing out of a session, by script, by form or by frame", async () => {
  const here = await arrive();
  const { page, context } = here;
  await enter(here, "demo", { credential: await provider().person("ada", ["demo"]) });
  await row(page, "Other").waitFor();
  const evil = await context.newPage();
  const refused: string[] = [];
  evil.on("console", (message) => refused.push(message.text()));
  await evil.goto(`${provider().url}/.well-known/openid-configuration`);
  const outcomes = await evil.evaluate(async (url) => {
    const call = (init: RequestInit) =>
      fetch(`${url}/keyfast.v1.ApiKeyService/ListApiKeys`, {
        method: "POST",
        credentials: "include",
        ...init,
      }).then(
        ({ status, type }) => (type === "opaque" ? "opaque" : status),
        () => "blocked",
      );
    const body = JSON.stringify({ projectId: "demo" });
    return [
      await call({ body, headers: { "content-type": "application/json", "x-keyfast-console": "1" } }),
      await call({ body, mode: "no-cors" }),
      await fetch(`${url}/console/session`, { credentials: "include" }).then(
        () => "read",
        () => "blocked",
      ),
    ];
  }, home());
  expect(outcomes).toEqual(["blocked", "opaque", "blocked"]);
  await evil.evaluate((url) => {
    const frame = document.createElement("iframe");
    frame.src = url;
    document.body.append(frame);
  }, home());
  await expect.poll(() => refused.join("\n")).toContain("frame-ancestors 'none'");
});
