/** Sizes of the classes of characters. 37 symbols is what CNIL 2022-100 counts; 100 stands for any other script. */
const classes = [
  { name: 'space', form: /\s/u, size: 1 },
  { name: 'lower', form: /[a-z]/, size: 26 },
  { name: 'upper', form: /[A-Z]/, size: 26 },
  { name: 'digit', form: /[0-9]/, size: 10 },
  { name: 'symbol', form: /[!-~]/, size: 37 },
  { name: 'other', form: /./su, size: 100 },
] as const

/** Bits of a run of characters in which no word or pattern was found: what it takes to tell each character within
 *  its class, and where the class changes. « Zorglubien1! » changes three times and measures 71; twelve random
 *  characters of the same four classes change eight times and measure 78 on average, thirteen 85: what CNIL 2022-100
 *  counts for them. (The meter gives each such character 3.3 bits, which would refuse 15 random letters.) */
export function randomBits(run: string): number {
  // An accent on a Latin letter is what a keyboard gives, no choice of its own.
  const characters = Array.from(run.normalize('NFD').replace(/(?<=[A-Za-z])\p{M}+/gu, ''))
  const kinds = characters.map((character) => classes.find(({ form }) => form.test(character)) ?? classes[5])
  const within = kinds.reduce((sum, { size }) => sum + Math.log2(size), 0)
  const changes = kinds.filter((kind, index) => index > 0 && kind !== kinds[index - 1]).length
  const present = new Set(kinds).size
  if (present < 2) return within
  const places = log2Choose(characters.length - 1, changes)
  return within + Math.log2(characters.length) + places + changes * Math.log2(present - 1)
}

/** log2 of the number of ways to choose `k` places of `n`. */
function log2Choose(n: number, k: number): number {
  let bits = 0
  for (let i = 1; i <= k; i++) bits += Math.log2((n - k + i) / i)
  return bits
}
