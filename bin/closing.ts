import { publicBase } from '../platform/settings.ts'
import { keysOf } from '../registry/keys.ts'
import { studentOf } from '../registry/students.ts'
import type { House } from './house.ts'
import type { Terminal } from './terminal.ts'

/** The student of the demonstration whom everybody may activate. */
const ada = '21100001'

/** How `up` ends its beginning: where everything is, and in the demonstration whom to activate and what to try. The
 *  README shows it, and a test checks that. */
export async function closing(
  house: House,
  terminal: Terminal,
  { demonstration, page }: { demonstration: boolean; page: boolean },
): Promise<string> {
  const { settings, directoryPorts, rooms } = house
  const { config } = settings
  const rows: Row[] = page ? [['Page', `${publicBase(config)}/creation-motdepasse/`]] : []
  if (page && (demonstration || config.helpdesk.issuer !== ''))
    rows.push(['Helpdesk', `${publicBase(config)}/helpdesk`])
  if (demonstration) rows.push(['Inbox', `http://127.0.0.1:${config.inbox.port}/`])
  rows.push(['Operations', `http://127.0.0.1:${config.ops.port}/metrics`])
  for (const [name, port] of directoryPorts) rows.push([name, `ldap://127.0.0.1:${port}`])
  if (demonstration) {
    const primary = rooms.targets.find(({ name }) => name === 'primary')
    const url = `ldap://127.0.0.1:${directoryPorts.get('primary') ?? ''}`
    rows.push(
      ['', ''],
      ['Activate', `Ada Lovelace  ${ada}  ada@example.org  ${await keyOfAda(house)}`],
      ['Then try', `ldapwhoami -x -H ${url} -D uid=${ada},${primary?.profile.base ?? ''} -W`],
    )
  }
  return rowsOf(terminal, rows)
}

type Row = readonly [name: string, value: string]

/** The last lines of a beginning: that it is ready, where everything is, and how to end it. */
export function rowsOf(terminal: Terminal, rows: readonly Row[]): string {
  const lines = rows.map(([name, value]) => (name === '' ? '' : `  ${terminal.dim(name.padEnd(16))}${value}`))
  return `\n${terminal.bold('Ready.')}\n\n${lines.join('\n')}\n\n${terminal.dim('Ctrl-C stops everything.')}\n`
}

async function keyOfAda({ rooms: { registry, ring } }: House): Promise<string> {
  const waiting = (await keysOf(registry.db, ada)).find(({ state }) => state === 'waiting')
  if (waiting?.sealed) return ring.unseal('key', waiting.sealed)
  const student = await studentOf(registry.db, ada)
  return student?.account.state === 'active' ? 'already activated' : 'no key'
}
