import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createSmtpMailer, type Mailer } from '../../daemon/letter/mailer.ts'
import { isMailbox } from '../../domain/address.ts'
import { systemClock } from '../../platform/clock.ts'
import { IdentityError } from '../../platform/error.ts'
import { eventually } from '../run/eventually.ts'
import { openRoughMailServer, steps, type Conduct, type Step } from '../run/mail-server.ts'
import { temporaryFolder } from './source-drops.ts'

const letter = (id: string, to = 'ada@example.org') => ({
  messageId: `${id}@compte.example.org`,
  from: 'no_reply@sorbonne-universite.fr',
  to,
  subject: 'Activation',
  text: 'Bonjour,\n',
})

function mailerTo(
  url: string,
  { connectMs = 400, letterMs = 800, inClear = false } = {},
): Mailer & Disposable {
  const mailer = createSmtpMailer({ url, clock: systemClock, inClear, connectMs, letterMs })
  return { ...mailer, [Symbol.dispose]: () => mailer.close() }
}

/** How a letter was not sent. */
async function failure(sending: Promise<void>): Promise<IdentityError> {
  const outcome = await sending.then(
    () => 'sent',
    (error: unknown) => error,
  )
  if (outcome instanceof IdentityError) return outcome
  throw new Error(`expected a failure, got ${String(outcome)}`)
}

const conducts: Readonly<Record<string, Conduct>> = {
  'says nothing': 'silence',
  'ends the connection': 'close',
  'never comes to the end of its answer': 'trickle',
  'floods us': 'flood',
  'leaves (421)': { say: '421 4.3.2 closing' },
  'answers 451': { say: '451 4.7.1 later' },
  'answers 550': { say: '550 5.7.1 never' },
  'answers a code that is none': { say: '999 what' },
  'answers words': { say: 'hello there' },
  'answers noise': {
    say: randomBytes(64)
      .toString('latin1')
      .replace(/[\r\n]/g, 'x'),
  },
}
const aboutTheLetter: readonly Step[] = ['RCPT', 'DATA', 'text']

const everything = steps
  .filter((step) => step !== 'STARTTLS')
  .flatMap((step) => Object.entries(conducts).map(([what, conduct]) => ({ step, what, conduct })))

test.concurrent.each(everything)(
  'a server that $what at $step ends in time, has the letter once at most, and gets it when it is well',
  async ({ step, conduct }) => {
    await using stack = new AsyncDisposableStack()
    const server = await openRoughMailServer()
    stack.defer(() => server.close())
    using mailer = mailerTo(`smtp://matricule:secret@127.0.0.1:${server.port}`)
    server.misbehave(step, conduct)
    const error = await failure(mailer.send(letter('one')))
    const spoken = typeof conduct === 'object' ? Number.parseInt(conduct.say) : Number.NaN
    const refused = spoken === 550 && aboutTheLetter.includes(step)
    expect(error.code).toBe(refused ? 'LETTER_REFUSED' : 'LETTER_UNDELIVERED')
    expect(error.transient).toBe(!refused)
    const came = step === 'text'
    expect(server.letters).toHaveLength(came ? 1 : 0)
    // Whatever was said before the letter was spoken of is nobody's letter.
    if (!aboutTheLetter.includes(step)) expect(error.details['heard']).toBe(false)
    if (came) expect(error.details['heard']).toBe(true)

    server.misbehave(null)
    await mailer.send(letter('one'))
    expect(server.letters.map(({ messageId }) => messageId)).toEqual(
      Array(came ? 2 : 1).fill('<one@compte.example.org>'),
    )
  },
)

test('a mailer that is closed ends what is under way, and its connection', async () => {
  await using stack = new AsyncDisposableStack()
  const server = await openRoughMailServer()
  stack.defer(() => server.close())
  const mailer = mailerTo(`smtp://127.0.0.1:${server.port}`, { connectMs: 60_000, letterMs: 60_000 })
  server.misbehave('text', 'silence')
  const failed = failure(mailer.send(letter('one')))
  await eventually('the letter', () => Promise.resolve(server.letters.length === 1))
  mailer.close()
  expect(await failed).toMatchObject({ code: 'LETTER_UNDELIVERED', details: { heard: true } })
})

test('a server that is not there is not waited for', async () => {
  const server = await openRoughMailServer()
  await server.close()
  using mailer = mailerTo(`smtp://127.0.0.1:${server.port}`, { connectMs: 60_000, letterMs: 60_000 })
  expect(await failure(mailer.send(letter('one')))).toMatchObject({
    code: 'LETTER_UNDELIVERED',
    details: { code: null, heard: false },
  })
})

describe('a letter and its credentials travel encrypted', () => {
  async function certificate(): Promise<{ key: string; cert: string }> {
    await using folder = await temporaryFolder()
    const [key, cert] = [join(folder.path, 'key.pem'), join(folder.path, 'cert.pem')]
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'].concat(
        ['-subj', '/CN=mail.example.org', '-keyout', key, '-out', cert],
      ),
      { stdio: 'ignore' },
    )
    return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') }
  }
  /** This machine, by a name that is not of loopback. */
  const elsewhere = '0.0.0.0'

  test.each([
    ['offers no TLS', { offers: ['AUTH PLAIN'] }, null],
    ['refuses it', { offers: ['STARTTLS', 'AUTH PLAIN'] }, { say: '454 4.7.0 not now' }],
    ['says yes and talks on in clear', { offers: ['STARTTLS', 'AUTH PLAIN'] }, { say: '220 go\r\n250 well' }],
    ['says yes and no more', { offers: ['STARTTLS', 'AUTH PLAIN'] }, { say: '220 go' }],
  ] as const)('so a server elsewhere that %s gets neither', async (_, options, conduct) => {
    await using stack = new AsyncDisposableStack()
    const server = await openRoughMailServer(options)
    stack.defer(() => server.close())
    if (conduct !== null) server.misbehave('STARTTLS', conduct)
    using mailer = mailerTo(`smtp://matricule:secret@${elsewhere}:${server.port}`)
    expect(await failure(mailer.send(letter('one')))).toMatchObject({
      code: 'LETTER_UNDELIVERED',
      details: { heard: false },
    })
    expect(server.heard.filter((line) => /^(AUTH|MAIL|RCPT|DATA)/.test(line))).toEqual([])
  })

  test('so a certificate that nobody vouches for ends it, and so does a server without TLS where it must begin', async () => {
    await using stack = new AsyncDisposableStack()
    const servers = [await openRoughMailServer({ tls: await certificate() }), await openRoughMailServer()]
    for (const server of servers) {
      stack.defer(() => server.close())
      using mailer = mailerTo(`smtps://matricule:secret@127.0.0.1:${server.port}`)
      expect(await failure(mailer.send(letter('one')))).toMatchObject({
        code: 'LETTER_UNDELIVERED',
        details: { heard: false },
      })
      expect(server.heard.filter((line) => /^(EHLO|AUTH|MAIL)/.test(line))).toEqual([])
    }
  })

  test('unless the university has said that its network may hear it', async () => {
    await using stack = new AsyncDisposableStack()
    const server = await openRoughMailServer()
    stack.defer(() => server.close())
    using mailer = mailerTo(`smtp://${elsewhere}:${server.port}`, { inClear: true })
    await mailer.send(letter('one'))
    expect(server.letters).toHaveLength(1)
  })

  test('but on this machine, where a certificate that nobody could check is not asked for', async () => {
    await using stack = new AsyncDisposableStack()
    const server = await openRoughMailServer({ offers: ['STARTTLS'] })
    stack.defer(() => server.close())
    using mailer = mailerTo(`smtp://127.0.0.1:${server.port}`)
    await mailer.send(letter('one'))
    expect(server.letters).toHaveLength(1)
  })
})

test('whatever mailbox is on record, RCPT TO says that one and nothing else', async () => {
  await using stack = new AsyncDisposableStack()
  const server = await openRoughMailServer()
  stack.defer(() => server.close())
  using mailer = mailerTo(`smtp://127.0.0.1:${server.port}`, { connectMs: 10_000, letterMs: 10_000 })
  const word = fc.stringMatching(/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,12}$/)
  const mailbox = fc
    .tuple(fc.array(word, { minLength: 1, maxLength: 3 }), fc.constantFrom('example.org', 'MAIL.Example.net'))
    .map(([words, domain]) => `${words.join('.')}@${domain}`)
    .filter(isMailbox)
  await fc.assert(
    fc.asyncProperty(mailbox, async (address) => {
      server.heard.length = 0
      await mailer.send(letter('one', address))
      // A domain may be written in either case (RFC 5321 §2.4), a local part may not.
      const [local = '', domain = ''] = address.split('@')
      const said = `RCPT TO:<${local}@${domain.toLowerCase()}>`
      expect(server.heard.filter((line) => line.startsWith('RCPT'))).toEqual([said])
    }),
    { numRuns: 100 },
  )
})
