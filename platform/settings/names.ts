/** The environment variable of the setting `key`: `web.port` → `MATRICULE_WEB_PORT`; a hyphen in the name of a
 *  target becomes `_`. */
export function settingVariable(key: string): string {
  return `MATRICULE_${key.replace(/[.-]/g, '_').toUpperCase()}`
}

/** Whichever of `known` is nearest to `word`, if it is near enough to be what was meant: at most a third of its
 *  letters added, dropped, replaced or swapped with the next (Damerau–Levenshtein distance, restricted). */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(word.length / 3))
  const ranked = known
    .map((candidate) => ({ candidate, distance: distance(word, candidate) }))
    .filter((found) => found.distance <= most)
    .sort((one, other) => one.distance - other.distance)
  return ranked[0]?.candidate
}

function distance(from: string, to: string): number {
  const [a, b] = [from.toLowerCase(), to.toLowerCase()]
  const rows = [Array.from({ length: b.length + 1 }, (_, index) => index)]
  const cost = (i: number, j: number): number => rows[i]?.[j] ?? 0
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= b.length; j++) {
      const replaced = cost(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const changed = Math.min(replaced, cost(i - 1, j) + 1, cost(i, j - 1) + 1)
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? cost(i - 2, j - 2) + 1 : changed
      row.push(i > 1 && j > 1 ? Math.min(changed, swapped) : changed)
    }
  }
  return cost(a.length, b.length)
}
