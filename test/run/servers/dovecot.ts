import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../ports.ts'
import { openWire } from '../wire.ts'
import { neededPrograms, program, runProgram, weAreRoot } from './program.ts'
import { serve, type Server } from './server.ts'

/** A mailbox on a Dovecot of its own, spoken to by IMAP. */
export interface Dovecot extends Server {
  /** Its address, with credentials. */
  readonly url: string
  /** Lays a message into the inbox, as a delivery agent would. */
  deliver(source: string | Buffer): Promise<void>
  /** How many messages lie in a folder; 0 when there is none of that name. */
  count(folder: string): Promise<number>
  /** Ends every connection that stands. */
  jolt(): void
  empty(): Promise<void>
}

const password = 'secret'

export async function startDovecot(): Promise<Dovecot> {
  const programs = neededPrograms('dovecot-imapd')
  const [port = 0] = await freePorts(1)
  await using unfinished = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'matricule-dovecot-'))
  unfinished.defer(() => rm(folder, { recursive: true, force: true }))
  // Mail belongs to somebody else than root, whom Dovecot serves nobody as.
  const owner = weAreRoot ? 'mail' : userInfo().username
  const mail = join(folder, 'mail')
  await writeFile(join(folder, 'dovecot.conf'), configuration({ folder, mail, port, owner }))
  if (weAreRoot) {
    await runProgram('chmod', ['755', folder])
    await runProgram('install', ['-d', '-o', owner, '-g', owner, mail])
  }
  unfinished.move()
  const command = programs('dovecot')
  const machine = program({ command, args: ['-F', '-c', join(folder, 'dovecot.conf')], folder })
  const server = await serve(machine, port, () => greet(port))
  const wire = await openWire(port)
  let delivered = 0

  const folderOf = (name: string) => (name === 'INBOX' ? mail : join(mail, `.${name}`))
  const inFolder = async (name: string, part: string) =>
    readdir(join(folderOf(name), part)).catch(() => [] as string[])
  return {
    ...server,
    url: `imap://matricule:${password}@127.0.0.1:${wire.port}`,
    async deliver(source) {
      const name = `${String(delivered++).padStart(6, '0')}.M1P1.test`
      const as = weAreRoot ? ['-o', owner, '-g', owner] : []
      for (const part of ['cur', 'new', 'tmp']) await runProgram('install', ['-d', ...as, join(mail, part)])
      const waiting = join(folder, name)
      await writeFile(waiting, source)
      await runProgram('install', [...as, '-m', '600', waiting, join(mail, 'new', name)])
      await rm(waiting)
    },
    count: async (name) => (await inFolder(name, 'new')).length + (await inFolder(name, 'cur')).length,
    jolt: () => wire.jolt(),
    async empty() {
      for (const name of ['INBOX', 'Matricule', 'Matricule-set-aside'])
        for (const part of ['new', 'cur'])
          for (const file of await inFolder(name, part)) await rm(join(folderOf(name), part, file))
    },
    async [Symbol.asyncDispose]() {
      await wire.close()
      await server[Symbol.asyncDispose]()
    },
  }
}

async function greet(port: number): Promise<void> {
  const { createConnection } = await import('node:net')
  await new Promise<void>((resolve, reject) => {
    const socket = createConnection(port, '127.0.0.1')
    socket.once('data', () => resolve(void socket.end()))
    socket.once('error', reject)
    socket.setTimeout(2_000, () => reject(new Error('Dovecot says nothing')))
  })
}

function configuration(of: { folder: string; mail: string; port: number; owner: string }): string {
  const internal = weAreRoot
    ? ''
    : `default_internal_user = ${of.owner}\ndefault_login_user = ${of.owner}\ndefault_internal_group = ${of.owner}`
  return `
protocols = imap
listen = 127.0.0.1
base_dir = ${of.folder}/run
state_dir = ${of.folder}/state
log_path = /dev/stderr
ssl = no
disable_plaintext_auth = no
mail_location = maildir:${of.mail}
mail_uid = ${of.owner}
mail_gid = ${of.owner}
first_valid_uid = 1
${internal}
passdb {
  driver = static
  args = password=${password}
}
userdb {
  driver = static
  args = uid=${of.owner} gid=${of.owner} home=${of.mail}
}
service imap-login {
  ${weAreRoot ? '' : 'chroot ='}
  inet_listener imap {
    port = ${of.port}
  }
  inet_listener imaps {
    port = 0
  }
}
service anvil {
  ${weAreRoot ? '' : 'chroot ='}
}
service stats {
  ${weAreRoot ? '' : 'chroot ='}
}
`
}
