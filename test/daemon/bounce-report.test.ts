import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readReport } from '../../daemon/bounce/report.ts'
import { returnPathOf } from '../../daemon/bounce/return-path.ts'
import { reportOf, type ReportFacts } from './reports.ts'

const letter = '0b0d8c1e-5a43-4a3e-9c55-1f6a1d2c3b4a'
const another = 'ffffffff-5a43-4a3e-9c55-1f6a1d2c3b4a'
const host = 'compte.example.org'
const returnPath = 'retours+{letter}@example.org'
const ours = `<${letter}@${host}>`
const read = (facts: ReportFacts, rules: { returnPath: string | null } = { returnPath: null }) =>
  readReport(Buffer.from(reportOf(facts)), { host, ...rules })

describe('a report says which letter came back', () => {
  const found = { letter, recipients: ['ada@example.org'], failed: true, status: '5.1.1' }

  test.each<[string, ReportFacts]>([
    ['by the Message-ID in the head of the letter', { messageId: ours }],
    ['by that of the whole letter', { messageId: ours, original: 'message/rfc822' }],
    ['by the envelope’s own name', { envelopeId: letter }],
    ['by the address that it came back to', { to: `<${returnPathOf(returnPath, letter)}>` }],
  ])('%s', async (_how, facts) => {
    expect(await read({ recipient: 'ada@example.org', ...facts }, { returnPath })).toEqual(found)
  })

  test('and both addresses, where the first one forwards', async () => {
    const facts = {
      messageId: ours,
      recipient: 'ada@elsewhere.example',
      originalRecipient: 'ada@example.org',
    }
    expect((await read(facts))?.recipients).toEqual(['ada@example.org', 'ada@elsewhere.example'])
  })
})

test.each(['delayed', 'relayed', 'delivered', 'expanded'])('« %s » is no failure', async (action) => {
  expect(await read({ messageId: ours, action, status: '4.4.1' })).toMatchObject({ failed: false })
})

test('a status that is none is not told', async () => {
  expect(await read({ messageId: ours, status: '=HYPERLINK(1)' })).toMatchObject({
    failed: true,
    status: null,
  })
})

test.each<[string, ReportFacts]>([
  ['says of no letter', {}],
  ['says of a letter of another house', { messageId: `<${letter}@evil.example>` }],
  ['says of a host that only resembles ours', { messageId: `<${letter}@compteXexample.org>` }],
  ['says of several letters', { messageId: ours, envelopeId: another }],
  ['names a letter in an address that is not of our pattern', { to: `evil+${letter}@example.org` }],
])('a report that %s is none', async (_what, facts) => {
  expect(await read(facts, { returnPath })).toBeNull()
})

test('without the setting, no address names a letter', async () => {
  expect(await read({ to: returnPathOf(returnPath, letter) })).toBeNull()
  expect(await read({ to: `a${letter}b` }, { returnPath: 'retours@example.org' })).toBeNull()
})

test('what is no report is none, whatever it quotes', async () => {
  for (const source of [
    '',
    '\u0000'.repeat(1_000),
    `From: ada@example.org\r\nMessage-ID: ${ours}\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n${ours}`,
    `Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\n${ours}`,
    reportOf({ messageId: ours }).replace('message/delivery-status', 'text/plain'),
    `${'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n'.repeat(2_000)}${ours}`,
  ])
    expect(await readReport(Buffer.from(source), { host, returnPath }), source.slice(0, 80)).toBeNull()
})

test('a report that is cut or spoilt anywhere never ends in an error, nor in another letter', async () => {
  const whole = Buffer.from(reportOf({ messageId: ours, envelopeId: letter, recipient: 'ada@example.org' }))
  await fc.assert(
    fc.asyncProperty(
      fc.nat(whole.length),
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 5 }),
      async (end, spoilt) => {
        const source = Buffer.from(whole)
        for (const [at, byte] of spoilt) source[at] = byte
        const report = await readReport(source.subarray(0, end), { host, returnPath })
        if (report !== null && spoilt.length === 0) expect(report.letter).toBe(letter)
      },
    ),
    { numRuns: 150 },
  )
})

test('fields without end are read as far as is sensible', async () => {
  const recipients = Array.from(
    { length: 5_000 },
    (_, i) => `Final-Recipient: rfc822; a${i}@b.c\r\nAction: failed\r\n`,
  )
  const many = reportOf({ messageId: ours }).replace(
    'Reporting-MTA',
    `Reporting-MTA: x\r\n\r\n${recipients.join('\r\n')}\r\nX`,
  )
  expect((await readReport(Buffer.from(many), { host, returnPath }))?.recipients.length).toBeLessThanOrEqual(
    40,
  )
})
