/** What is looked at on any place: what axe objects to, and whether a phone has room for it. */
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { DESK, atRest } from './site.ts';

export const PHONE = { width: 390, height: 844 };

/**
 * What axe calls a violation in the page, or in a part of it that a selector names: the rule, the element that breaks it, and
 * why. What moves is let arrive first: a colour on its way to another has the contrast of neither.
 */
export async function violations(page: Page, within?: string): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const found = await page.evaluate(async (selector) => {
    await Promise.allSettled(document.getAnimations().map(({ finished }) => finished));
    return (window as unknown as { axe: typeof axe }).axe.run(selector ?? document);
  }, within);
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary?.split('\n')[1]?.trim()}`),
  );
}

/** The page, at rest in a phone's window, is no wider than that. It stays there while `look` looks. */
export async function expectFitsPhone(page: Page, look?: () => Promise<void>): Promise<void> {
  await page.setViewportSize(PHONE);
  try {
    await atRest(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(PHONE.width);
    await look?.();
  } finally {
    await page.setViewportSize(DESK);
  }
}
