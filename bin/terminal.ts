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
