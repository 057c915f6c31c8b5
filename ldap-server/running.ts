import type { Request } from '../ldap-protocol/message.ts'

/** What may be stopped in the middle without half of it being done. */
const stoppable: ReadonlySet<Request['kind']> = new Set<Request['kind']>(['search', 'compare'])

/** One operation under way. */
export class Running {
  readonly kind: Request['kind']
  /** Nobody waits for its answer. */
  abandoned = false
  /** It is to be answered with 118 (RFC 3909). */
  cancelled = false
  /** It never ends by itself (RFC 4533 §3.4). */
  persists = false
  #wake: (() => void) | null = null
  /** Made when somebody waits for its end: few are ever cancelled. */
  #ended: PromiseWithResolvers<undefined> | null = null

  constructor(kind: Request['kind']) {
    this.kind = kind
  }

  /** Whether what it does is of no use any more. */
  get stopped(): boolean {
    return this.abandoned || this.cancelled
  }

  get cancellable(): boolean {
    return stoppable.has(this.kind)
  }

  persist(wake: () => void): void {
    this.persists = true
    this.#wake = wake
  }

  abandon(): void {
    this.abandoned = true
    this.#wake?.()
  }

  /** Resolves when it has been answered, or has ended without. */
  async cancel(): Promise<void> {
    this.cancelled = true
    this.#wake?.()
    this.#ended ??= Promise.withResolvers()
    await this.#ended.promise
  }

  end(): void {
    this.#ended?.resolve(undefined)
  }
}
