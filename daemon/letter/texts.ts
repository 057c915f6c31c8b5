import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Eta } from 'eta'
import { packageRoot } from '../../platform/root.ts'
import type { LetterKind } from '../../registry/tables.ts'

const ours = join(packageRoot, 'schemas', 'letters')
const eta = new Eta({ autoEscape: false, autoTrim: false })

/** The subject and text of a letter: French, English below. The first line of a text file is the subject. A file of the
 *  same name in `folder` (setting `letters.templates`) wins over ours. */
export async function letterText(
  kind: LetterKind,
  facts: Readonly<Record<string, string>>,
  folder: string | null,
): Promise<{ subject: string; text: string }> {
  const template = await templateOf(kind, folder)
  const [subject = '', ...rest] = eta.renderString(template, facts).split('\n')
  return { subject: subject.trim(), text: rest.join('\n').trimStart() }
}

async function templateOf(kind: LetterKind, folder: string | null): Promise<string> {
  if (folder !== null) {
    try {
      return await readFile(join(folder, `${kind}.eta`), 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  return readFile(join(ours, `${kind}.eta`), 'utf8')
}
