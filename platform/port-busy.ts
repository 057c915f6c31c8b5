import { asIdentityError, IdentityError } from './error.ts'
import { settingVariable } from './settings/names.ts'

/** What a failed `listen` means, in one sentence that names the setting: PORT_BUSY when another program has the
 *  port, SETTINGS_INVALID when this user may not open it or the host is not of this machine; any other error as
 *  `asIdentityError` has it.
 *  @param setting key of the port, such as `ops.port`
 *  @param error what `listen` threw */
export function portBusy(setting: string, port: number, error: unknown): IdentityError {
  const facts = { cause: error, details: { setting, port } }
  const remedy = `set ${setting} (or ${settingVariable(setting)}) to another port.`
  switch ((error as NodeJS.ErrnoException | null)?.code) {
    case 'EADDRINUSE':
      return new IdentityError('PORT_BUSY', `Port ${port} is in use by another program: ${remedy}`, facts)
    case 'EACCES':
      return new IdentityError(
        'SETTINGS_INVALID',
        `Port ${port} may not be opened by this user: ${remedy}`,
        facts,
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND': {
      const host = setting.replace(/[^.]*$/, 'host')
      return new IdentityError(
        'SETTINGS_INVALID',
        `The address of ${host} is not one of this machine.`,
        facts,
      )
    }
    default:
      return asIdentityError(error)
  }
}
