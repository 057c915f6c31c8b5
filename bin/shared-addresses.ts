import { stringify } from 'csv-stringify/sync'
import { sharedAddressList } from '../registry/lists.ts'
import type { Command } from './desk.ts'

/** `shared-addresses`: who shares a personal address, per composante, as CSV. */
export const sharedAddresses: Command = {
  needsDirectories: false,
  async run({ rooms: { registry } }) {
    const rows = await sharedAddressList(registry.db)
    const text = stringify(rows, {
      header: true,
      delimiter: ';',
      columns: ['component', 'component_label', 'number', 'family_name', 'first_name', 'address'],
      // A cell that a spreadsheet would take for a formula is told as text.
      escape_formulas: true,
    })
    return { data: rows, text }
  },
}
