import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** Where pictures go: the documentation when `npm run screenshots` asks; otherwise none is taken. */
const pictures = process.env['PICTURES']

/** No violation of accessibility, nothing beyond the edge, and a picture where one is named; at each of these widths. */
export async function look(
  page: Page,
  widths: readonly number[],
  picture: string | null = null,
): Promise<void> {
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 })
    // Our pages have no frames: what axe does for those would take three times as long.
    const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] })
    const { violations } = await axe.analyze()
    expect(
      violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`),
      `${width} px`,
    ).toEqual([])
    const beyond = await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    )
    expect(beyond, `${width} px`).toBe(0)
    if (picture === null || pictures === undefined) continue
    await mkdir(pictures, { recursive: true })
    await page.screenshot({ path: join(pictures, `${picture}-${width}.png`), fullPage: true })
  }
}
