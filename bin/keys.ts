import { publishKeys } from '../daemon/publish.ts'
import { IdentityError } from '../platform/error.ts'
import type { Command } from './desk.ts'

/** `keys publish`: the feed for card, certificate and Apogée, now. */
export const publish: Command = {
  needsDirectories: false,
  async run({ rooms, settings }) {
    const rows = await publishKeys(rooms)
    if (rows === null)
      throw new IdentityError('SETTINGS_INVALID', 'keys.out_path: is not set, keys are published nowhere')
    const path = settings.config.keys.out_path
    return { data: { rows, path }, text: `${rows} keys in ${path ?? ''}\n` }
  },
}
