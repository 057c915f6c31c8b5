import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { pageAnswers, type Problem } from '../../web/problem.ts'
import { keyFor, passOver } from '../run/acts.ts'
import { enrolled, freshNumber } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'
import { api } from './app-fixture.ts'
import { dumpOf, json, openDoor, type Answer, type Call, type Door, type Sent } from './door.ts'

/** Every call of the API, real, in every wrong shape: the list of calls is the one that the API gives of itself. */
let stage: Stage
let door: Door
let honest: { studentNumber: string; key: string }
let before: string[]
/** What may move although nothing was done: tries are counted. */
const counts = ['failure']

beforeAll(async () => {
  stage = await openStage()
  door = await openDoor(stage)
  const studentNumber = freshNumber()
  await passOver(stage, [enrolled(studentNumber)])
  honest = { studentNumber, key: await keyFor(stage, studentNumber) }
  before = await dumpOf(stage, counts)
})
afterAll(async () => {
  await door[Symbol.asyncDispose]()
  await stage[Symbol.asyncDispose]()
})
/** After each attack: nothing has moved, nothing was an accident, and the next honest request works. */
afterEach(async () => {
  expect(await dumpOf(stage, counts)).toEqual(before)
  expect(door.log.lines.splice(0).filter(({ level }) => level === 'error')).toEqual([])
  const answer = await door.post(`${api}/activation/verify`, JSON.stringify(honest))
  expect([answer.status, Object.keys(JSON.parse(answer.body) as object)]).toEqual([200, ['context']])
})

const readers = () => door.calls.filter((call): call is Call & { body: object } => call.body !== null)

/** A problem of the closed list that nobody keeps; returns its code. */
function problemIn(answer: Answer, told: string): string {
  expect(answer.headers['content-type'], told).toMatch(/^application\/problem\+json/)
  expect(answer.headers['cache-control'], told).toBe('no-store')
  const { code, status } = JSON.parse(answer.body) as Problem
  expect(Object.keys(pageAnswers), told).toContain(code)
  expect(status, told).toBe(answer.status)
  return code
}

async function refused(sent: Sent, status: number, code: string): Promise<void> {
  const answer = await door.send(sent)
  const told = `${sent.method ?? 'GET'} ${sent.path} ${String(sent.body).slice(0, 120)} → ${answer.body}`
  expect(answer.status, told).toBe(status)
  expect(problemIn(answer, told), told).toBe(code)
}

const asJson = (path: string, body: string | Buffer): Sent => ({ method: 'POST', path, headers: json, body })
const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`

test('every route that there is, is described: what follows forgets none', () => {
  const described = door.calls.map(({ method, path }) => `${method} ${path.replace(/\{(\w+)\}/g, ':$1')}`)
  const hidden = door.routes.filter((route) => {
    const [method = '', path = ''] = route.split(' ')
    const page = (method === 'GET' || method === 'HEAD') && !path.startsWith(`${api}/`)
    return !page && method !== 'HEAD' && !described.includes(route)
  })
  expect(hidden).toEqual([`GET ${api}/openapi.json`])
  expect(readers().length).toBeGreaterThanOrEqual(6)
  for (const { required, body } of readers())
    expect(Object.keys(body)).toEqual(expect.arrayContaining([...required]))
})

/** JSON texts that stand where a text is wanted. */
const notText = {
  'an array': '["21100001"]',
  'an empty array': '[]',
  'an object': '{"a":1}',
  'an object that plays a text': '{"length":8,"toString":"x"}',
  'a number': '21100001',
  'a number beyond all': '1e999',
  true: 'true',
  null: 'null',
  'a thousand levels': deep(1_000),
}

test.each(Object.entries(notText))('%s is nowhere a text', async (_, value) => {
  for (const { path, fields, body } of readers()) {
    for (const field of fields) {
      const text = JSON.stringify({ ...body, [field]: '@@' }).replace('"@@"', value)
      await refused(asJson(path, text), 400, 'REQUEST_INVALID')
    }
  }
})

test('nothing that is required may be missing', async () => {
  for (const { path, required, body } of readers()) {
    for (const field of required) {
      const { [field]: _gone, ...rest } = body as Record<string, unknown>
      await refused(asJson(path, JSON.stringify(rest)), 400, 'REQUEST_INVALID')
    }
  }
})

/** Texts that are none of ours, in any field. */
const strange = {
  'an empty text': '',
  NUL: 'a\0b',
  'half a letter': '\ud800',
  'the other half': 'a\udc00b',
  'a header more': 'ada@example.org\r\nBcc: eve@example.org',
  'two addresses': 'ada@example.org,eve@example.org',
  'two addresses apart': 'ada@example.org eve@example.org',
  'an address in quotes': '"ada@example.org"@example.com',
  'a name and an address': 'Ada <ada@example.org>',
  'a filter': '*)(uid=*))(|(uid=*',
  'a statement': "'; drop table person; --",
  'a template': '<%= it.key %>${7*7}{{7*7}}',
  'a path': '../../../../etc/passwd',
  'signs of the right to left': '\u202e1000',
  'a line separator': 'a\u2028b',
  '4,096 letters': 'x'.repeat(4_096),
  '15,000 letters': 'x'.repeat(15_000),
}

test.each(Object.entries(strange))('%s opens nothing in any field', async (_, text) => {
  for (const { path, fields, body } of readers()) {
    for (const field of fields) {
      const answer = await door.post(path, JSON.stringify({ ...body, [field]: text }))
      const told = `${path} ${field} → ${answer.status} ${answer.body}`
      // Only the judgement of a password takes any text, and keeps nothing.
      if (path.endsWith('/password-strength') && answer.status === 200) continue
      expect([400, 403, 422], told).toContain(answer.status)
      problemIn(answer, told)
    }
  }
})

/** Bodies that are not the object that is wanted; `right` is that object in JSON. */
const bodies: Readonly<Record<string, (right: string) => string | Buffer>> = {
  'an array': (right) => `[${right}]`,
  'a text': (right) => JSON.stringify(right),
  'a number': () => '7',
  null: () => 'null',
  false: () => 'false',
  nothing: () => '',
  'a blank': () => ' ',
  'an empty object': () => '{}',
  'a thousand levels': () => deep(1_000),
  'a thousand levels in a field more': (right) => `{"a":${deep(1_000)},${right.slice(1)}`,
  'a field more': (right) => `{"admin":true,${right.slice(1)}`,
  'its fields twice': (right) => `{${right.slice(1, -1)},${right.slice(1)}`,
  'the key __proto__': (right) => `{"__proto__":{"admin":true},${right.slice(1)}`,
  'the key constructor': (right) => `{"constructor":{"prototype":{"admin":true}},${right.slice(1)}`,
  'a byte order mark': (right) => `\ufeff${right}`,
  'bytes that are no UTF-8': (right) =>
    Buffer.concat([Buffer.from(right.slice(0, -2)), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
  'an overlong letter': (right) =>
    Buffer.concat([Buffer.from(right.slice(0, -2)), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
  'UTF-16': (right) => Buffer.from(right, 'utf16le'),
  'a NUL at its end': (right) => `${right}\0`,
  'two of them': (right) => `${right}${right}`,
  'two lines of them': (right) => `${right}\n${right}`,
  'a comment': (right) => `/* */${right}`,
  'a comma too many': (right) => `${right.slice(0, -1)},}`,
  'single quotes': (right) => right.replaceAll('"', "'"),
  'a form': (right) => new URLSearchParams(JSON.parse(right) as Record<string, string>).toString(),
  gzip: (right) => gzipSync(right),
}

test.each(Object.entries(bodies))('%s is no body', async (_, make) => {
  for (const { path, body } of readers()) {
    await refused(asJson(path, make(JSON.stringify(body))), 400, 'REQUEST_INVALID')
  }
})

test('a body cut anywhere is no body', async () => {
  for (const { path, body } of readers()) {
    const whole = Buffer.from(JSON.stringify(body))
    for (let cut = 0; cut < whole.length; cut += 3)
      await refused(asJson(path, whole.subarray(0, cut)), 400, 'REQUEST_INVALID')
  }
})

test('a megabyte is too large, in one field, in a field more, or as blanks', async () => {
  const million = 'x'.repeat(1_000_000)
  for (const { path, fields, body } of readers()) {
    const large = fields.map((field) => JSON.stringify({ ...body, [field]: million }))
    large.push(JSON.stringify({ ...body, more: million }), JSON.stringify(body) + ' '.repeat(1_000_000))
    for (const text of large) await refused(asJson(path, text), 413, 'PAYLOAD_TOO_LARGE')
  }
})

test.each([
  ['no type', null],
  ['an empty one', ''],
  ['text', 'text/plain'],
  ['a form', 'application/x-www-form-urlencoded'],
  ['a form in parts', 'multipart/form-data; boundary=x'],
  ['another JSON', 'application/json-patch+json'],
  ['nearly JSON', 'application/jsonp'],
  ['a type without a kind', 'json'],
  ['JSON in ISO-8859-1', 'application/json; charset=iso-8859-1'],
  ['JSON in UTF-16', 'application/json;charset="utf-16"'],
  ['JSON in UTF-7', 'application/json; x=y; charset=utf-7'],
])('%s is not read', async (_, type) => {
  for (const { path, body } of readers()) {
    const headers = type === null ? [] : ([['content-type', type]] as const)
    await refused({ ...asJson(path, JSON.stringify(body)), headers }, 415, 'UNSUPPORTED_MEDIA_TYPE')
  }
})

test.each(['application/json; charset=utf-8', 'Application/JSON;Charset="UTF-8"', 'application/json;x=y'])(
  '%s is read',
  async (type) => {
    const answer = await door.post(`${api}/activation/verify`, JSON.stringify(honest), [
      ['content-type', type],
    ])
    expect(answer.status).toBe(200)
  },
)

test('a call that changes something has no query', async () => {
  for (const { path, body } of readers()) {
    for (const query of ['?x=1', '?studentNumber=21100002', '?__proto__=1', '?email=a&email=b'])
      await refused(asJson(path + query, JSON.stringify(body)), 400, 'REQUEST_INVALID')
  }
})

test('a key of repetition is given once', async () => {
  const body = JSON.stringify({ ...honest, password: 'le tilleul penche vers la rivière' })
  const twice = [...json, ['idempotency-key', 'one'], ['idempotency-key', 'two']] as const
  await refused({ ...asJson(`${api}/activation`, body), headers: twice }, 400, 'REQUEST_INVALID')
})

test('another method finds nothing there', async () => {
  for (const { method, path, body } of door.calls) {
    const url = path.replace(/\{\w+\}/g, 'h2Jk9sPqW4')
    const known = method === 'GET' ? ['GET', 'HEAD'] : [method]
    for (const other of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY']) {
      if (known.includes(other)) continue
      const sent = { method: other, path: url, headers: json }
      // Node sends no body with TRACE.
      const whole =
        other === 'TRACE' ? { ...sent, headers: [] } : { ...sent, body: JSON.stringify(body ?? {}) }
      await refused(whole, 404, 'REQUEST_UNKNOWN')
    }
  }
})

test('an address that is nearly right is not there', async () => {
  for (const { method, path, body } of door.calls) {
    const url = path.replace(/\{\w+\}/g, 'h2Jk9sPqW4')
    for (const other of [
      `${url}/`,
      `/${url}`,
      `${url}%00`,
      `${url}/..`,
      `${url};x=1`,
      url.replace('/api/', '/api//'),
    ]) {
      const answer = await door.send({
        method,
        path: other,
        ...(body ? { headers: json, body: JSON.stringify(body) } : {}),
      })
      expect([400, 404], `${method} ${other}`).toContain(answer.status)
      expect(answer.headers['cache-control']).toBe('no-store')
    }
  }
})

test.each([
  ['an address of 8,000 letters', `${api}/progress/${'x'.repeat(8_000)}`, [404]],
  ['an address of 20,000 letters', `${api}/progress/${'x'.repeat(20_000)}`, [431]],
  ['a broken escape', `${api}/progress/%E0%A4%A`, [400]],
  ['an escape of no letter', `${api}/progress/%ff%fe`, [400, 404]],
  ['NUL', `${api}/progress/%00`, [404]],
  ['a query of 10,000 letters', `${api}/links?${'x'.repeat(10_000)}`, [200]],
])('%s ends well', async (_, path, statuses) => {
  const answer = await door.send({ path })
  expect(statuses).toContain(answer.status)
  if (answer.status >= 400) problemIn(answer, path)
})

test('headers beyond measure are refused', async () => {
  const long = [...json, ['x-long', 'x'.repeat(20_000)]] as const
  for (const { path, body } of readers()) {
    await refused({ ...asJson(path, JSON.stringify(body)), headers: long }, 431, 'REQUEST_INVALID')
  }
})

test('whatever is combined, the answer is one of the contract', async () => {
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(...Object.values(strange)),
    fc.constantFrom('21100001', 'ada@sorbonne-universite.fr', 'ABCD-2345-WXYZ'),
  )
  const attack = fc.record({
    call: fc.nat(),
    method: fc.option(fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'), { freq: 3, nil: null }),
    query: fc.option(fc.webQueryParameters(), { freq: 4, nil: null }),
    path: fc.constantFrom('', '', '', '', '/', '/x', '%20'),
    changes: fc.dictionary(fc.oneof(fc.nat({ max: 4 }).map(String), fc.string()), value, { maxKeys: 4 }),
    type: fc.oneof(
      { weight: 4, arbitrary: fc.constant('application/json') },
      fc.stringMatching(/^[ -~]{0,40}$/),
    ),
    headers: fc.dictionary(
      fc.constantFrom(
        'accept',
        'origin',
        'sec-fetch-site',
        'x-forwarded-for',
        'x-http-method-override',
        'range',
        'idempotency-key',
        'cookie',
      ),
      fc.stringMatching(/^[!-~]{0,30}$/),
    ),
    cut: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { freq: 4, nil: null }),
  })
  await fc.assert(
    fc.asyncProperty(attack, async ({ call: index, method, query, path, changes, type, headers, cut }) => {
      const call = door.calls[index % door.calls.length]
      if (call === undefined) throw new Error('no call')
      const body: Record<string, unknown> = { ...call.body }
      // A number names a field by its place; any other word is a field more.
      for (const [name, text] of Object.entries(changes)) body[call.fields[Number(name)] ?? name] = text
      const text = JSON.stringify(body)
      const answer = await door.send({
        method: method ?? call.method,
        path: `${call.path.replace(/\{\w+\}/g, 'h2Jk9sPqW4')}${path}${query === null ? '' : `?${query}`}`,
        headers: [['content-type', type], ...Object.entries(headers)],
        ...(call.body === null
          ? {}
          : { body: cut === null ? text : text.slice(0, Math.floor(text.length * cut)) }),
      })
      const told = `${call.path} ${text.slice(0, 200)} → ${answer.status} ${answer.body.slice(0, 200)}`
      expect([200, 202, 204, 400, 403, 404, 413, 415, 422, 431], told).toContain(answer.status)
      expect(answer.headers['cache-control'], told).toBe('no-store')
      if (answer.status < 400) return
      const html = String(answer.headers['content-type']).startsWith('text/html')
      if (!html) problemIn(answer, told)
    }),
    { numRuns: 1_000 },
  )
  // A request for a link that had the right form was written down, as it should: it is taken back here.
  await stage.rooms.registry.db.deleteFrom('reset_request').execute()
})
