/** The next free student number for somebody who first came in a year. */
export type NumberGiver = (firstYear: string) => string

/** Numbers as they were given out over time: seven digits (3xxxxxx) until 2018, 287xxxxx for two years, then
 *  the year in front (211xxxxx in 2021). 21100001 to 21100099 are kept for the well-known cases. */
export function numberGiver(): NumberGiver {
  const used = new Map<number, number>()
  return (firstYear) => {
    const year = Number(firstYear)
    const base = year <= 2018 ? 3_000_000 : year <= 2020 ? 28_700_000 : (year % 100) * 1_000_000 + 100_000
    const serial = (used.get(base) ?? 99) + 1
    used.set(base, serial)
    return String(base + serial)
  }
}
