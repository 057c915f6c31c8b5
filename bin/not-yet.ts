import type { Settings } from '../platform/settings.ts'

/** Settings whose part of the house is not built yet (docs/status.md): refused with a sentence each, since a setting
 *  that is read and does nothing would be a lie. */
export function notYet({ config }: Settings): string[] {
  const { cas } = config
  const asked: readonly (readonly [key: string, asked: boolean, instead: string])[] = [
    ['cas.users_file', cas.users_file !== null, 'there is no CAS back end; leave it empty'],
  ]
  return asked
    .filter(([, isAsked]) => isAsked)
    .map(([key, , instead]) => `${key}: is not there yet in this version, ${instead}`)
}
