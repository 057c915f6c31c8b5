import fc from 'fast-check'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { parseBody } from '../../web/json-body.ts'
import { appOver, password, token } from './app-fixture.ts'

const right: Record<string, Record<string, string>> = {
  '/activation/verify': { studentNumber: '21100001', key: 'ABCD2345WXYZ' },
  '/activation': { studentNumber: '21100001', key: 'ABCD2345WXYZ', password },
  '/reset-requests': { email: 'ada@example.org' },
  '/reset/verify': { token },
  '/reset': { token, password },
  '/password-strength': { password },
}
const paths = Object.keys(right)
const fields = Object.entries(right).flatMap(([path, body]) =>
  Object.keys(body).map((field) => [path, field] as const),
)

const page = await appOver()
beforeEach(() => {
  page.told.calls.length = 0
})
afterAll(() => page.app.close())

/** Refused with one of the codes for a wrong form, and no flow was called. */
async function refused(
  path: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
  status = 400,
) {
  const answer = await page.post(path, body, headers)
  expect(answer.statusCode, body.toString().slice(0, 200)).toBe(status)
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
  expect(page.told.calls).toEqual([])
  return answer
}

/** Any JSON value that is no text. */
const notText = fc.jsonValue({ maxDepth: 3 }).filter((value) => typeof value !== 'string')

test.each(fields)('%s refuses a %s that is no text', async (path, field) => {
  await fc.assert(
    fc.asyncProperty(notText, async (value) => {
      await refused(path, JSON.stringify({ ...right[path], [field]: value }))
    }),
    { numRuns: 40 },
  )
})

test.each(fields)('%s refuses to go without its %s', async (path, field) => {
  const body = Object.entries(right[path] ?? {}).filter(([name]) => name !== field)
  const answer = await refused(path, JSON.stringify(Object.fromEntries(body)))
  expect(answer.json()).toMatchObject({ code: 'REQUEST_INVALID', detail: `Wrong or missing: ${field}` })
})

test.each(paths)('%s refuses any body that is not its object', async (path) => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ maxDepth: 3 }), async (value) => {
      await refused(path, JSON.stringify(value))
    }),
    { numRuns: 60 },
  )
})

test.each(paths)('%s refuses bytes that are no JSON', async (path) => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      await refused(path, Buffer.from(bytes))
    }),
    { numRuns: 60 },
  )
  for (const body of [
    '',
    '{',
    'null',
    '[]',
    `\ufeff${JSON.stringify(right[path])}`,
    '[{}]',
    '"text"',
    '1e999',
  ]) {
    await refused(path, body)
  }
})

test.each(paths)(
  '%s refuses a key too many, a key twice, and __proto__, without repeating them',
  async (path) => {
    const body = JSON.stringify(right[path])
    const [field = ''] = Object.keys(right[path] ?? {})
    const inside = body.slice(1, -1)
    const escaped = `\\u${(field.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}${field.slice(1)}`
    for (const wrong of [
      `{${inside},"sesame":"opened"}`,
      `{${inside},${inside}}`,
      `{"${escaped}":"sesame",${inside}}`,
      `{${inside},"__proto__":{"sesame":1}}`,
      `{${inside},"constructor":{"prototype":{"sesame":1}}}`,
      `{${inside},"__proto__":"sesame","__proto__":null}`,
    ]) {
      const answer = await refused(path, wrong)
      expect(answer.json()).toMatchObject({ code: 'REQUEST_INVALID' })
      expect(answer.body).not.toContain('sesame')
    }
  },
)

test.each(paths)('%s refuses what is larger than 16 KiB', async (path) => {
  const answer = await refused(path, JSON.stringify({ ...right[path], more: 'x'.repeat(1_000_000) }), {}, 413)
  expect(answer.json()).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' })
})

test.each(paths)('%s reads JSON only', async (path) => {
  const body = JSON.stringify(right[path])
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/xml',
    'multipart/form-data',
    'x',
  ]) {
    const answer = await refused(path, body, { 'content-type': type }, 415)
    expect(answer.json()).toMatchObject({ code: 'UNSUPPORTED_MEDIA_TYPE' })
  }
})

test.each([
  [
    '/activation/verify',
    'studentNumber',
    ['', '123456', '123456789', ' 21100001', '2110000a', '２１１００００１', '21100001\n'],
  ],
  ['/activation/verify', 'key', ['', 'x'.repeat(65), '\ud800']],
  ['/activation', 'password', ['', 'x'.repeat(4097)]],
  ['/reset', 'password', ['']],
  ['/password-strength', 'password', ['']],
])('%s refuses a %s of the wrong form', async (path, field, texts) => {
  for (const text of texts) await refused(path, JSON.stringify({ ...right[path], [field]: text }))
})

test('the context of a judgement is a text of 2,048 characters at most', async () => {
  for (const context of [null, 1, [], {}, 'x'.repeat(2049)]) {
    await refused('/password-strength', JSON.stringify({ password, context }))
  }
})

test('a body is what JSON says, or refused before any schema sees it', () => {
  const parsed = (text: string) => parseBody(Buffer.from(text))
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 1, '\t'), (value, space) => {
      const text = JSON.stringify(value, null, space)
      fc.pre(!text.includes('__proto__'))
      expect(parsed(text)).toEqual(JSON.parse(text))
    }),
  )
  const tricky = { 'a"': '","b":{"\\', c: { c: 1, d: [{ a: 2 }] } }
  expect(parsed(JSON.stringify(tricky))).toEqual(tricky)
  for (const text of [
    '{"__proto__":1}',
    '{"__proto__":{"a":1}}',
    '{"a":1,"a":1}',
    String.raw`{"a":[],"\u0061":{}}`,
  ]) {
    expect(() => parsed(text), text).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }) as Error)
  }
})
