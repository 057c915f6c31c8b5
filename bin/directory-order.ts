import type { ServiceAccount } from './first-entries.ts'

/** What the thread of the embedded directories is asked to run. */
export interface DirectoryOrder {
  readonly passwords: Readonly<Record<ServiceAccount, string>>
  readonly directories: readonly {
    readonly name: string
    readonly base: string
    readonly suffix: string
    readonly folder: string
    readonly host: string
    readonly port: number
  }[]
}

/** What it tells. Node itself says things in the same place when it watches for changes: that has no kind. */
export type DirectoryMessage =
  | { readonly kind?: never }
  | { readonly kind: 'listening'; readonly ports: [name: string, port: number][] }
  | { readonly kind: 'failed'; readonly name: string; readonly reason: string; readonly code: string | null }
  | { readonly kind: 'counts'; readonly counts: { operation: string; result: string; count: number }[] }
