import type { Control, Message, Request, Response, ResultKind } from '../ldap-protocol/message.ts'
import { add, checkAdd } from './add.ts'
import { compare } from './compare.ts'
import type { Asker, Context } from './context.ts'
import { remove } from './delete.ts'
import { extended } from './extended.ts'
import { checkModify, modify } from './modify.ts'
import { success } from './refusal.ts'
import { rename } from './rename.ts'
import { readAsked } from './request-controls.ts'
import { checkSearch, search } from './search.ts'
import type { Sink } from './sink.ts'

export interface Answer {
  readonly response: Response
  readonly controls: readonly Control[]
}

/** Does one operation other than a bind. @returns null when nobody waits for the answer. @throws Refusal */
export async function perform(
  context: Context,
  asker: Asker,
  { operation, controls }: Message<Request>,
  sink: Sink,
): Promise<Answer | null> {
  if (operation.kind === 'search') checkSearch(context, operation)
  else if (operation.kind === 'modify') checkModify(operation)
  else if (operation.kind === 'add') checkAdd(operation)
  const asked = readAsked(operation.kind, controls, context.schema, context.limits.nesting)
  switch (operation.kind) {
    case 'search': {
      const ended = await search(context, asker, operation, asked, sink)
      return ended && done('search', ended)
    }
    case 'compare': {
      const code = compare(context, asker, operation, asked)
      return { response: { kind: 'result', of: 'compare', result: { ...success, code } }, controls: [] }
    }
    case 'add':
      return done('add', await add(context, asker, operation, asked))
    case 'modify':
      return done('modify', await modify(context, asker, operation, asked))
    case 'delete':
      return done('delete', await remove(context, asker, operation.dn, asked))
    case 'rename':
      return done('rename', await rename(context, asker, operation, asked))
    case 'extended': {
      const value = await extended(context, asker, operation)
      return { response: { kind: 'extended', result: success, oid: null, value }, controls: [] }
    }
    case 'bind':
    case 'unbind':
    case 'abandon':
      return null
  }
}

function done(of: ResultKind, controls: readonly Control[]): Answer {
  return { response: { kind: 'result', of, result: success }, controls }
}
