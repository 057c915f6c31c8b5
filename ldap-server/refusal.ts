import type { Control, Result } from '../ldap-protocol/message.ts'
import { resultCode } from '../ldap-protocol/result-code.ts'

type CodeName = keyof typeof resultCode

/** An operation ends with a result other than success. `message` travels to the client: it may name
 *  attributes and classes, never a value. */
export class Refusal extends Error {
  readonly resultCode: number
  readonly matchedDN: string

  /** What goes with the answer. */
  readonly controls: readonly Control[]

  constructor(code: CodeName, message = '', matchedDN = '', controls: readonly Control[] = []) {
    super(message)
    this.name = 'Refusal'
    this.resultCode = resultCode[code]
    this.matchedDN = matchedDN
    this.controls = controls
  }

  /** The result as it travels. */
  result(): Result {
    return { code: this.resultCode, matchedDN: this.matchedDN, message: this.message }
  }
}

/** The result that says all went well. */
export const success: Result = { code: 0, matchedDN: '', message: '' }
