/** Whether two texts are the same name of an entry: names are compared without case, and without spaces around their
 *  separators. */
export function isSameName(one: string, other: string): boolean {
  return one === other || spelling(one) === spelling(other)
}

function spelling(dn: string): string {
  return dn.toLowerCase().replace(/\s*([,=+])\s*/g, '$1')
}
