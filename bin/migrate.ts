import type { Command } from './desk.ts'

/** `migrate`: opening the registry brings its schema up to date; this says that it is. */
export const upToDate: Command = {
  needsDirectories: false,
  run: () => Promise.resolve({ data: { migrated: true }, text: 'The registry is up to date.\n' }),
}
