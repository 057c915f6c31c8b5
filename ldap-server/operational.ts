import { formatTime } from '../ldap-protocol/generalized-time.ts'
import type { Attribute } from '../ldap-protocol/message.ts'
import type { Clock } from './options.ts'

/** Change sequence numbers as OpenLDAP writes them: `20261123101746.123456Z#000000#000#000000`. Each is
 *  greater than all before it, also after a restart and when the clock is set back. */
export class Sequence {
  readonly #clock: Clock
  #micros = 0
  #greatest = ''

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Never to give a number at or before this one again. */
  seen(csn: string): void {
    if (csn > this.#greatest) this.#greatest = csn
  }

  /** Reads the greatest number seen, once. */
  #catchUp(): void {
    const [, seconds, micros] = /^(\d{14})\.(\d{6})Z/.exec(this.#greatest) ?? []
    this.#greatest = ''
    if (seconds === undefined || micros === undefined) return
    const [date, time] = [seconds.slice(0, 8), seconds.slice(8)]
    const iso = `${date.replace(/^(....)(..)(..)$/, '$1-$2-$3')}T${time.replace(/^(..)(..)(..)$/, '$1:$2:$3')}Z`
    this.#micros = Math.max(this.#micros, new Date(iso).getTime() * 1000 + Number(micros))
  }

  next(): { csn: string; instant: Date } {
    if (this.#greatest !== '') this.#catchUp()
    const now = this.#clock.now()
    this.#micros = Math.max(now.getTime() * 1000, this.#micros + 1)
    const whole = new Date(Math.floor(this.#micros / 1000))
    const fraction = String(this.#micros % 1_000_000).padStart(6, '0')
    return { csn: `${formatTime(whole).slice(0, -1)}.${fraction}Z#000000#000#000000`, instant: now }
  }
}

/** An attribute of one text value. */
export function text(type: string, value: string): Attribute {
  return { type, values: [Buffer.from(value)] }
}

/** What marks the last change. */
export function changeMarks(csn: string, instant: Date, who: string): Attribute[] {
  return [text('entryCSN', csn), text('modifyTimestamp', formatTime(instant)), text('modifiersName', who)]
}
