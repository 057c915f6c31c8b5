import { csvOf } from '../daemon/letter/faculty-list.ts'
import { listed, type ListName } from '../registry/lists.ts'
import type { Command } from './desk.ts'

/** A list per composante, as a registrar's spreadsheet opens it. */
export function list(name: ListName): Command {
  return {
    needsDirectories: false,
    async run({ rooms: { registry } }) {
      const rows = await listed(registry.db, name)
      return { data: rows, text: csvOf(name, rows) }
    },
  }
}
