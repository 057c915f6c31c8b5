/** Where a letter comes back to: `retours+{letter}@example.org` names the letter in the address itself, so that a report
 *  that says nothing else of it is understood all the same (« VERP »). */
export function returnPathOf(pattern: string, letter: string): string {
  return pattern.replace(mark, letter)
}

/** A form that an address of that pattern has, the letter being its first group. */
export function verpForm(pattern: string, letter: string): string {
  const [before = '', after] = pattern.split(mark)
  // Without the mark no address names a letter: a form that nothing has.
  if (after === undefined) return '(?!)()'
  const plain = (text: string) => text.replace(/[^\w]/g, (character) => `\\${character}`)
  return `^${plain(before)}(${letter})${plain(after)}$`
}

const mark = '{letter}'
