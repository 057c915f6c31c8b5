import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DockerfileParser, ModifiableInstruction, type Instruction } from 'dockerfile-ast'
import { packageRoot } from '../../platform/root.ts'

/** One line of a Dockerfile. */
export interface Step {
  /** `COPY`, `RUN`, … */
  readonly keyword: string
  /** Its `--name=value`. */
  readonly flags: ReadonlyMap<string, string>
  /** What follows, word by word; of the JSON form, its texts. */
  readonly words: readonly string[]
  /** What follows, as it is. */
  readonly text: string
}

export interface Stage {
  readonly base: string
  /** The name others copy from it by; of the last one ''. */
  readonly name: string
  readonly steps: readonly Step[]
}

/** The text of a Dockerfile of the house.
 *  @param path from the root of the checkout */
export function dockerfileText(path: string): string {
  return readFileSync(join(packageRoot, path), 'utf8')
}

/** The stages of a Dockerfile, in order; the last is the image. */
export function stagesOf(text: string): Stage[] {
  const stages: (Stage & { steps: Step[] })[] = []
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const step = stepOf(instruction)
    if (step.keyword === 'FROM')
      stages.push({ base: step.words[0] ?? '', name: step.words[2] ?? '', steps: [] })
    else stages.at(-1)?.steps.push(step)
  }
  return stages
}

/** The last stage: what is shipped. */
export function imageOf(text: string): Stage {
  const image = stagesOf(text).at(-1)
  if (image === undefined) throw new Error('a Dockerfile without FROM')
  return image
}

/** What a stage gives its processes. */
export function environmentOf({ steps }: Stage): Record<string, string> {
  const pairs = steps
    .filter(({ keyword }) => keyword === 'ENV')
    .flatMap(({ words }) => words)
    .map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)])
  return Object.fromEntries(pairs) as Record<string, string>
}

function stepOf(instruction: Instruction): Step {
  const flags = instruction instanceof ModifiableInstruction ? instruction.getFlags() : []
  const words = instruction.getArguments().map((argument) => argument.getValue())
  const text = instruction.getArgumentsContent() ?? ''
  const [, json] = /(\[.*\])\s*$/s.exec(text) ?? []
  return {
    keyword: instruction.getKeyword(),
    flags: new Map(flags.map((flag) => [flag.getName(), flag.getValue() ?? ''])),
    words: json === undefined ? words : (JSON.parse(json) as string[]),
    text,
  }
}
