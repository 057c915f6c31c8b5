import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createInbox, type Inbox, type InboxPorts } from '../../demo/inbox.ts'
import { seededChance } from '../../platform/chance.ts'
import { systemClock } from '../../platform/clock.ts'
import { silentLog } from '../../platform/log.ts'

const anyPorts = { host: '127.0.0.1', smtpPort: 0, port: 0 }
const fresh = () => createInbox({ clock: systemClock, chance: seededChance('inbox'), log: silentLog })

let inbox: Inbox
let ports: InboxPorts
beforeAll(async () => {
  inbox = fresh()
  ports = await inbox.listen(anyPorts)
})
beforeEach(async () => {
  await fetch(url('/api/v1/messages'), { method: 'DELETE' })
})
afterAll(() => inbox.close())

const url = (path: string) => `http://127.0.0.1:${ports.port}${path}`
const text = async (path: string) => (await fetch(url(path))).text()
const json = async <Shape>(path: string) => (await (await fetch(url(path))).json()) as Shape

async function send(letter: Parameters<ReturnType<typeof createTransport>['sendMail']>[0]) {
  const transport = createTransport({
    host: '127.0.0.1',
    port: ports.smtpPort,
    secure: false,
    ignoreTLS: true,
  })
  try {
    return await transport.sendMail({ from: 'Matricule <no_reply@example.fr>', ...letter })
  } finally {
    transport.close()
  }
}

interface Listing {
  total: number
  messages_count: number
  start: number
  messages: { ID: string; Subject: string; Snippet: string; To: { Address: string }[] }[]
}

const invitation = {
  to: 'Ada Lovelace <ada@example.org>',
  subject: 'Activation de votre compte à Sorbonne Université.',
  text: 'Bonjour,\n\nClef d’activation : ABCD2345WXYZ\n\nÀ bientôt.',
  html: '<p>Bonjour</p>',
  messageId: '<letter-1@example.fr>',
}

describe('a letter sent over SMTP', () => {
  test('is listed and read in the shapes of Mailpit', async () => {
    await send(invitation)
    const listing = await json<Listing>('/api/v1/messages')
    expect(listing).toMatchObject({
      total: 1,
      messages_count: 1,
      start: 0,
      messages: [
        {
          MessageID: 'letter-1@example.fr',
          From: { Name: 'Matricule', Address: 'no_reply@example.fr' },
          To: [{ Name: 'Ada Lovelace', Address: 'ada@example.org' }],
          Cc: [],
          Bcc: [],
          Subject: invitation.subject,
          Snippet: 'Bonjour, Clef d’activation : ABCD2345WXYZ À bientôt.',
          Attachments: 0,
        },
      ],
    })
    const id = listing.messages[0]?.ID ?? ''
    expect(id).toMatch(/^[0-9A-Za-z]{22}$/)
    const message = await json<{ Text: string; HTML: string; Size: number; Created: string }>(
      `/api/v1/message/${id}`,
    )
    expect(message).toMatchObject({ ID: id, ReturnPath: 'no_reply@example.fr', Inline: [], Attachments: [] })
    expect(message).not.toHaveProperty('raw')
    expect(message.Text.trim()).toBe(invitation.text)
    expect(message.HTML).toContain('<p>Bonjour</p>')
    expect(new Date(message.Created).toISOString()).toBe(message.Created)
    const raw = await text(`/api/v1/message/${id}/raw`)
    expect(Buffer.byteLength(raw)).toBe(message.Size)
    expect(raw).toContain('Message-ID: <letter-1@example.fr>')
    expect(await json('/api/v1/message/latest')).toEqual(message)
  })

  test('shows whom it went to without naming them', async () => {
    await send({
      ...invitation,
      envelope: { from: 'no_reply@example.fr', to: ['hidden@example.org', 'ada@example.org'] },
    })
    expect(await json('/api/v1/message/latest')).toMatchObject({
      Bcc: [{ Name: '', Address: 'hidden@example.org' }],
    })
  })

  test('of more than 1 MiB is refused, and the next one taken', async () => {
    await expect(send({ ...invitation, text: 'x '.repeat(700_000) })).rejects.toMatchObject({
      responseCode: 552,
    })
    await send(invitation)
    expect((await json<Listing>('/api/v1/messages')).total).toBe(1)
  })

  test('to more than 100 people reaches the first 100', async () => {
    const to = Array.from({ length: 101 }, (_, index) => `student${index}@example.org`)
    const { accepted, rejected } = await send({ ...invitation, envelope: { from: 'a@example.fr', to } })
    expect([accepted.length, rejected]).toEqual([100, ['student100@example.org']])
  })
})

describe('the list', () => {
  test('is newest first, a page at a time', async () => {
    for (const subject of ['one', 'two', 'three']) await send({ ...invitation, subject })
    const subjects = async (path: string) =>
      (await json<Listing>(path)).messages.map((message) => message.Subject)
    expect(await subjects('/api/v1/messages')).toEqual(['three', 'two', 'one'])
    expect(await subjects('/api/v1/messages?start=1&limit=1')).toEqual(['two'])
    expect(await json('/api/v1/messages?start=1&limit=1')).toMatchObject({
      total: 3,
      messages_count: 3,
      start: 1,
    })
    expect(await subjects('/api/v1/messages?start=-1&limit=x')).toEqual(['three', 'two', 'one'])
  })

  test('is searched by person, subject and words', async () => {
    await send(invitation)
    await send({ ...invitation, to: 'grace@example.org', subject: 'Réinitialisation de votre mot de passe' })
    const found = async (query: string) =>
      (await json<Listing>(`/api/v1/search?query=${encodeURIComponent(query)}`)).messages.map(
        (message) => message.To[0]?.Address,
      )
    expect(await found('to:ADA@example.org')).toEqual(['ada@example.org'])
    expect(await found('to:"ada lovelace"')).toEqual(['ada@example.org'])
    expect(await found('subject:mot to:example.org')).toEqual(['grace@example.org'])
    expect(await found('abcd2345wxyz')).toHaveLength(2)
    expect(await found('to:ada subject:mot')).toEqual([])
    expect((await fetch(url('/api/v1/search'))).status).toBe(400)
  })

  test('is emptied, wholly or in part', async () => {
    await send({ ...invitation, subject: 'kept' })
    await send({ ...invitation, subject: 'gone' })
    const { messages } = await json<Listing>('/api/v1/messages')
    const remove = (body?: unknown) =>
      fetch(url('/api/v1/messages'), {
        method: 'DELETE',
        ...(body === undefined
          ? {}
          : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      })
    expect((await remove({ IDs: 'all' })).status).toBe(400)
    await remove({ IDs: [messages[0]?.ID] })
    expect((await json<Listing>('/api/v1/messages')).messages.map((message) => message.Subject)).toEqual([
      'kept',
    ])
    await remove()
    expect((await json<Listing>('/api/v1/messages')).total).toBe(0)
  })

  test('knows no other letter', async () => {
    for (const path of [
      '/api/v1/message/latest',
      '/api/v1/message/x/raw',
      '/api/nowhere',
      '/message/x',
      '/x',
    ]) {
      expect((await fetch(url(path))).status, path).toBe(404)
    }
  })
})

describe('the page', () => {
  test('shows the letters, and one of them, with its links', async () => {
    await send({ ...invitation, text: 'Ici : https://compte.example.fr/#/x?token=a&b=c.\nFin' })
    const page = await text('/')
    const path = /href="(\/message\/[^"]+)"/.exec(page)?.[1] ?? ''
    const letter = await text(path)
    expect(letter).toContain(
      '<a href="https://compte.example.fr/#/x?token=a&#38;b=c" rel="noopener noreferrer" target="_blank">',
    )
    expect(letter).toContain('aria-current="page"')
  })

  test('treats nothing of a letter as markup', async () => {
    const evil = `"><script>alert(1)</script><img src=x onerror='alert(1)'>`
    await send({
      to: { name: evil, address: 'eve@example.org' },
      subject: evil,
      text: `${evil} https://x.example/"onclick="alert(1) javascript:alert(1) <a href="javascript:alert(1)">`,
      html: evil,
    })
    const page = await text(`/?query=${encodeURIComponent('">script')}`)
    const list = await text('/')
    const id = /href="(\/message\/[^"]+)"/.exec(list)?.[1] ?? ''
    for (const markup of [page, list, await text(`${id}?query=${encodeURIComponent(evil)}`)]) {
      expect(markup).not.toMatch(/<img|onclick="|<script>|onerror='|href="javascript/)
    }
  })

  test('runs only its own script, and has the headers that hold it to that', async () => {
    const answer = await fetch(url('/'))
    expect(answer.headers.get('content-security-policy')).toMatch(/default-src 'none'; script-src 'self'/)
    expect(await answer.text()).not.toMatch(/ on\w+=| style=|<style/)
    for (const [path, type] of [
      ['/inbox.css', 'text/css'],
      ['/inbox.js', 'text/javascript'],
    ] as const) {
      const file = await fetch(url(path))
      expect([file.status, file.headers.get('content-type')]).toEqual([200, `${type}; charset=utf-8`])
    }
  })
})

describe('a port that is taken', () => {
  test.each(['smtpPort', 'port'] as const)(
    'is named by its setting (%s), and nothing stays open',
    async (which) => {
      const other = createServer().listen(0, '127.0.0.1')
      await once(other, 'listening')
      const { port } = other.address() as AddressInfo
      const setting = which === 'smtpPort' ? 'inbox.smtp_port' : 'inbox.port'
      const second = fresh()
      await expect(second.listen({ ...anyPorts, [which]: port })).rejects.toMatchObject({
        code: 'PORT_BUSY',
        message: expect.stringContaining(setting) as string,
      })
      await second.close()
      other.close()
      await once(other, 'close')
      const third = fresh()
      expect((await third.listen({ ...anyPorts, [which]: port }))[which]).toBe(port)
      await third.close()
    },
  )
})
