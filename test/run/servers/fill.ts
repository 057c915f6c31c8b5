/** A configuration out of its template: each `${NAME}` becomes its value; a line with a name whose value is empty is left
 *  out. Comments are left as they are.
 *  @throws Error when a name has no value at all */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template
    .split('\n')
    .flatMap((line) => {
      if (line.startsWith('#')) return [line]
      const names = [...line.matchAll(/\$\{([A-Z_]+)\}/g)].map(([, name = '']) => name)
      if (names.some((name) => valueOf(values, name) === '')) return []
      return [line.replace(/\$\{([A-Z_]+)\}/g, (_whole, name: string) => valueOf(values, name))]
    })
    .join('\n')
}

function valueOf(values: Readonly<Record<string, string>>, name: string): string {
  const value = values[name]
  if (value === undefined) throw new Error(`nothing was said of ${name}`)
  return value
}
