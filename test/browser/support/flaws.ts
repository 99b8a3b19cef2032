/** What is wrong with the page as it stands: what axe finds, what does not fit, what moves. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults, RunOptions } from "axe-core";
import type { Page } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** All rules that are on by default, and the one of WCAG 2.2 AA that is not. */
const OPTIONS: RunOptions = { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } };

interface Axe {
  run(options: RunOptions): Promise<AxeResults>;
}

/** In a few words each. The page is to be opened with reduced motion. */
export async function flawsOf(page: Page): Promise<string[]> {
  return [...(await findViolations(page)), ...(await findMisfits(page)), ...(await findMovement(page))];
}

async function findViolations(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const { violations } = await page.evaluate(
    (options) => (window as unknown as { axe: Axe }).axe.run(options),
    OPTIONS,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
  );
}

/** The widest that a page's content gets, in pixels. */
const MAX_WIDTH = 1600;

/** Whatever runs out of the window or of its box, and what does not stand in the middle. */
export const findMisfits = (page: Page) =>
  page.evaluate((maxWidth) => {
    const { clientWidth, clientHeight } = document.documentElement;
    const found: string[] = [];
    const note = (flaw: string, { tagName, className }: Element) =>
      found.push(`${flaw}: ${tagName}.${className}`);
    // For screen readers only.
    const isClipped = (element: Element): boolean =>
      getComputedStyle(element).clipPath !== "none" ||
      (element.parentElement !== null && isClipped(element.parentElement));
    const hasText = (element: Element) =>
      [...element.childNodes].some((node) => node instanceof Text && node.data.trim() !== "");
    for (const element of document.querySelectorAll("html, body *")) {
      const box = element.getBoundingClientRect();
      const { overflowX, textOverflow } = getComputedStyle(element);
      const isOut = box.width > 0 && (box.left < -1 || box.right > clientWidth + 1);
      const isWider = element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 1;
      if (!(isOut || isWider) || element.matches("input, select, svg *") || isClipped(element)) continue;
      if (isOut) note("out of the window", element);
      if (isWider && overflowX !== "visible" && textOverflow !== "ellipsis") note("too wide", element);
      if (isWider && overflowX === "visible" && hasText(element)) note("text runs out", element);
    }
    if (document.documentElement.scrollWidth > clientWidth) note("too wide", document.documentElement);
    for (const element of document.querySelectorAll("main, dialog[open]")) {
      const { left, right, top, bottom, width } = element.getBoundingClientRect();
      if (Math.abs(left - (clientWidth - right)) > 2) note("not in the middle", element);
      if (width > maxWidth) note("wider than can be read", element);
      if (element.tagName === "DIALOG" && (top < 0 || bottom > clientHeight)) note("too high", element);
    }
    return found;
  }, MAX_WIDTH);

const findMovement = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll("*")].flatMap((element) =>
      [undefined, "::before", "::after"]
        .map((part) => getComputedStyle(element, part))
        .filter(
          ({ animationName, transitionDuration }) =>
            animationName !== "none" || /[1-9]/.test(transitionDuration),
        )
        .map(() => `moves: ${element.tagName}.${element.className}`),
    ),
  );
