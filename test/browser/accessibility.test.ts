/** Every state of the page, in light and dark, narrow and wide: nothing is wrong with it. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { AFTER_RESIZE, STATES } from "./states/states.ts";
import { stock } from "./states/stock.ts";
import { findMisfits, flawsOf } from "./support/flaws.ts";
import { useBrowser, useProvider, useService, visit } from "./support/visit.ts";

/** Colours and layout have nothing to do with each other, so that each pair stands for all. */
const LOOKS = [
  ["light", 1280],
  ["dark", 360],
] as const;
const WIDEST = 2560;
const HEIGHT = 800;
const APP = join(import.meta.dirname, "../../src/console/app");

const provider = useProvider();
const browser = useBrowser();
const service = useService(() => provider().settings);
beforeAll(() => stock(service()));

const arrive = () =>
  visit(browser(), service().httpUrl, {
    reducedMotion: "reduce",
    viewport: { width: LOOKS[0][1], height: HEIGHT },
    others: [provider().url],
  });

/** What the page was made of in each state. */
const shown: string[] = [];

it.each(Object.entries(STATES))("nothing is wrong with %s", async (name, reach) => {
  const here = { ...(await arrive()), service: service(), provider: provider() };
  const { page } = here;
  await reach(here);
  shown.push(await page.evaluate(() => document.documentElement.outerHTML));
  const flaws: Record<string, string[]> = {};
  for (const [colorScheme, width] of LOOKS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: HEIGHT });
    await AFTER_RESIZE[name]?.(here);
    const found = await flawsOf(page);
    if (found.length > 0) flaws[`${colorScheme}, ${width} pixels`] = found;
  }
  await page.setViewportSize({ width: WIDEST, height: HEIGHT });
  await AFTER_RESIZE[name]?.(here);
  expect({ ...flaws, widest: await findMisfits(page) }).toEqual({ widest: [] });
});

it("no panel, notice or dialog of the source is left out, when all the above are run", () => {
  const sources = globSync("**/*.tsx", { cwd: APP }).map((name) => readFileSync(join(APP, name), "utf8"));
  const titles = sources.flatMap((text) =>
    [...text.matchAll(/\btitle="([^"]+)"/g)].map(([, title]) => title),
  );
  expect(titles.length).toBeGreaterThan(10);
  expect(titles.filter((title) => !shown.some((html) => html.includes(title ?? "")))).toEqual([]);
});

it("what is wrong is found", async () => {
  const { page } = await arrive();
  await page.goto("/");
  await page.getByLabel("Project").waitFor();
  expect(await flawsOf(page)).toEqual([]);
  await page.evaluate(() => {
    const add = (style: string, text: string) => {
      const element = document.createElement("p");
      element.textContent = text;
      element.className = text;
      element.style.cssText = style;
      document.querySelector("main .card")?.append(element);
    };
    add("color: #eee; background: #fff", "pale");
    add("width: 3000px", "wide");
    add("position: fixed; left: -40px", "outside");
    add("width: 20px; white-space: nowrap", "text-of-more-than-twenty-pixels");
    add("transition: color 1s", "fading");
    (document.querySelector("main") as HTMLElement).style.marginLeft = "300px";
  });
  const flaws = (await flawsOf(page)).join("\n");
  expect(flaws).toMatch(/^color-contrast: .*pale/m);
  expect(flaws).toMatch(/^too wide: HTML/m);
  expect(flaws).toMatch(/^out of the window: P\.outside/m);
  expect(flaws).toMatch(/^text runs out: P\.text-of-more/m);
  expect(flaws).toMatch(/^moves: P\.fading/m);
  expect(flaws).toMatch(/^not in the middle: MAIN/m);
});
