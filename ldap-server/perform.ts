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

/** Does one operation other than a bind: at once where nothing has to be waited for.
 *  @returns null when nobody waits for the answer. @throws Refusal */
export function perform(
  context: Context,
  asker: Asker,
  { operation, controls }: Message<Request>,
  sink: Sink,
): Answer | null | Promise<Answer | null> {
  const base = operation.kind === 'search' ? checkSearch(context, operation) : ''
  if (operation.kind === 'modify') checkModify(operation)
  else if (operation.kind === 'add') checkAdd(operation)
  const asked = readAsked(operation.kind, controls, context.schema, context.limits.nesting)
  switch (operation.kind) {
    case 'search': {
      const ended = search(context, asker, operation, base, asked, sink)
      return ended instanceof Promise ? ended.then(found) : found(ended)
    }
    case 'compare': {
      const code = compare(context, asker, operation, asked)
      return { response: { kind: 'result', of: 'compare', result: { ...success, code } }, controls: [] }
    }
    case 'add':
      return doneLater('add', add(context, asker, operation, asked))
    case 'modify':
      return doneLater('modify', modify(context, asker, operation, asked))
    case 'delete':
      return doneLater('delete', remove(context, asker, operation.dn, asked))
    case 'rename':
      return doneLater('rename', rename(context, asker, operation, asked))
    case 'extended':
      return extended(context, asker, operation).then((value) => ({
        response: { kind: 'extended', result: success, oid: null, value },
        controls: [],
      }))
    case 'bind':
    case 'unbind':
    case 'abandon':
      return null
  }
}

function found(ended: readonly Control[] | null): Answer | null {
  return ended && done('search', ended)
}

function doneLater(of: ResultKind, controls: Promise<readonly Control[]>): Promise<Answer> {
  return controls.then((all) => done(of, all))
}

function done(of: ResultKind, controls: readonly Control[]): Answer {
  return { response: { kind: 'result', of, result: success }, controls }
}
