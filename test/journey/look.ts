import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** Where pictures go: the documentation when `npm run screenshots` asks, and a folder nobody keeps otherwise. */
const pictures = process.env['PICTURES'] ?? join(tmpdir(), 'matricule-pictures')

/** No violation of accessibility, nothing beyond the edge, and a picture where one is named; at each of these widths. */
export async function look(
  page: Page,
  widths: readonly number[],
  picture: string | null = null,
): Promise<void> {
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 })
    const { violations } = await new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).analyze()
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)).toEqual([])
    const beyond = await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    )
    expect(beyond, `${width} px`).toBe(0)
    if (picture === null) continue
    await mkdir(pictures, { recursive: true })
    await page.screenshot({ path: join(pictures, `${picture}-${width}.png`), fullPage: true })
  }
}
