import type { Advance } from '../platform/advance.ts'

/** What people see in the terminal: plain sentences, a mark before each step, colour only where it is wanted. */
export interface Terminal {
  /** A step that is done. */
  step(sentence: string): void
  /** Text as it is. */
  print(text: string): void
  bold(text: string): string
  dim(text: string): string
}

export function createTerminal(env: NodeJS.ProcessEnv, out: NodeJS.WriteStream = process.stdout): Terminal {
  const colours = out.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
  const painted = (code: number) => (text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text)
  const green = painted(32)
  return {
    step: (sentence) => void out.write(`${green('✓')} ${sentence}\n`),
    print: (text) => void out.write(text),
    bold: painted(1),
    dim: painted(2),
  }
}

/** Whoever reads what is said may have had enough, as `| head -1` has: nothing more is said, and what is under way goes
 *  on to its end. */
export function letReadersLeave(...outs: readonly NodeJS.WriteStream[]): void {
  for (const out of outs) out.on('error', unlessLeft)
}

/** Throws an error that is another than a reader's having left. */
export function unlessLeft(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

/** One line, written over and over, that says how far long work has come; gone when it is disposed of. */
export interface StatusLine extends Disposable {
  show(advances: readonly Advance[]): void
  clear(): void
}

/** Null where nobody looks: `out` is no terminal. */
export function statusLine(out: NodeJS.WriteStream): StatusLine | null {
  if (!out.isTTY) return null
  let shown = false
  const clear = (): void => {
    if (shown) out.write('\r\u001b[2K')
    shown = false
  }
  return {
    show(advances) {
      clear()
      if (advances.length === 0) return
      out.write(told(advances).slice(0, (out.columns || 80) - 1))
      shown = true
    },
    clear,
    [Symbol.dispose]: clear,
  }
}

const count = new Intl.NumberFormat('en')

/** `upmc: read 12,000 · students recorded 500 of 60,000`. */
export function told(advances: readonly Advance[]): string {
  const each = advances.map(({ step, done, of }) => {
    if (of !== null) return `${step} ${count.format(done)} of ${count.format(of)}`
    return done === 0 ? step : `${step} ${count.format(done)}`
  })
  return `  … ${each.join(' · ')}`
}
