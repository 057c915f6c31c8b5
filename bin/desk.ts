import type { ErrorCode } from '../platform/error.ts'
import type { Daemon } from '../daemon/schedule.ts'
import type { Rooms } from '../daemon/rooms.ts'
import type { Settings } from '../platform/settings.ts'

/** What a command works with: the house, open, and the daemon when it runs in this process. */
export interface Desk {
  readonly settings: Settings
  readonly rooms: Rooms
  readonly daemon: Daemon | null
}

/** What a command answers: `data` for machines, `text` for people, and the exit code. */
export interface Outcome {
  readonly data: unknown
  readonly text: string
  /** Whether `--json` prints the data by itself, as the contract shows it. */
  readonly bare?: boolean
  /** 0 done · 1 failed · 3 held and waiting for approval. */
  readonly exit?: 0 | 1 | 3
  /** Why, when it failed: a code of the closed list. */
  readonly error?: { readonly code: ErrorCode; readonly message: string }
}

/** Arguments as they travel: everything a command was given, by name. */
export type Given = Readonly<Record<string, string | boolean | undefined>>

export interface Command {
  /** Whether the directories must be reachable (the embedded ones are started when nobody runs them). */
  readonly needsDirectories: boolean
  run(desk: Desk, given: Given): Promise<Outcome>
}
