import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** Where pictures go: the documentation when `npm run screenshots` asks; otherwise none is taken. */
const pictures = process.env['PICTURES']
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** No violation of accessibility, nothing beyond the edge, and a picture where one is named; at each of these widths. */
export async function look(
  page: Page,
  widths: readonly number[],
  picture: string | null = null,
): Promise<void> {
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 })
    await expectSound(page, `${width} px`)
    if (picture === null || pictures === undefined) continue
    await mkdir(pictures, { recursive: true })
    await page.screenshot({ path: join(pictures, `${picture}-${width}.png`), fullPage: true })
  }
}

/** No violation of accessibility, and nothing beyond the edge, as the page is now. axe is given to a page once, which takes
 *  as long as asking it; and what it would load again for rules that are off is left.
 *  @param rulesLeft rules that do not hold here, by name */
export async function expectSound(
  page: Page,
  where: string,
  rulesLeft: readonly string[] = [],
): Promise<void> {
  const rules = Object.fromEntries(rulesLeft.map((id) => [id, { enabled: false }]))
  if (!(await page.evaluate<boolean>('"axe" in window'))) await page.evaluate(axe)
  const [violations, beyond] = await page.evaluate<[AxeResults['violations'], number]>(`
    axe.run(document, { preload: false, rules: ${JSON.stringify(rules)}, resultTypes: ['violations'] }).then(({ violations }) =>
      [violations, document.documentElement.scrollWidth - document.documentElement.clientWidth])`)
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`),
    where,
  ).toEqual([])
  expect(beyond, where).toBe(0)
}
