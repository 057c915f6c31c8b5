import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { mkdir, open, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { judge } from '../../daemon/judge.ts'
import { pass } from '../../daemon/pass.ts'
import { read, type Reading } from '../../daemon/read.ts'
import type { Rooms } from '../../daemon/rooms.ts'
import { enrolmentColumns, personColumns } from '../../daemon/source/columns.ts'
import { createDropSource } from '../../daemon/source/drop.ts'
import { generateUniversity, writeDrop } from '../../demo/generate.ts'
import { activate, approveAll, passwords } from '../run/acts.ts'
import { minute } from '../run/moved-clock.ts'
import { openStage, type Stage } from '../run/stage.ts'

/** A university accepted and settled in its directories, against whatever may lie in the drop folder next. */
let stage: Stage
let rooms: Rooms
let folder: string
let whole: Files
let known: string[]
let active: string[]

interface Files {
  readonly people: Buffer
  readonly enrolments: Buffer
}
type Manifest = Record<string, unknown> & { files: Record<string, { rows: number; sha256: string }> }

const [peopleFile, enrolmentsFile, manifestFile] = ['individus.csv', 'inscriptions.csv', 'manifest.json']
const university = generateUniversity({ students: 200, seed: 'attacked', today: '2026-09-14' })

beforeAll(async () => {
  stage = await openStage()
  folder = join(stage.folder, 'drop')
  rooms = { ...stage.rooms, source: createDropSource({ path: folder }) }
  await laidDown()
  whole = { people: await bytesOf(peopleFile), enrolments: await bytesOf(enrolmentsFile) }
  expect((await pass(rooms)).reading.state).toBe('accepted')
  const { rows } = await sql<{ number: string }>`
    select number from account join person using (number)
    where right_kind = 'open' and state = 'invited' and not address_shared order by number limit 5`.execute(
    stage.rooms.registry.db,
  )
  active = rows.map(({ number }) => number)
  for (const number of active) await activate(stage, number)
  await pass(rooms)
  known = await entitlements()
})
afterAll(() => stage[Symbol.asyncDispose]())
/** Whatever was laid down: nobody has lost anything, and the next good drop is taken as if nothing had been. */
afterEach(async () => {
  expect(await entitlements()).toEqual(known)
  await rm(folder, { recursive: true, force: true })
  await laidDown()
  expect(await read(rooms)).toMatchObject({ state: 'accepted' })
  await judge(rooms)
  expect(await entitlements()).toEqual(known)
  for (const number of active.slice(0, 1))
    expect(await stage.bind(number, passwords.first)).toEqual([true, true, true])
})

let snapshot = 1_000

/** A good drop, newer than all before. */
async function laidDown(): Promise<void> {
  stage.clock.move(minute)
  snapshot += 1
  const facts = { snapshot, takenAt: stage.clock.now(), openYears: ['2026'] }
  await writeDrop(folder, university, facts)
}

const bytesOf = (name: string) => readFile(join(folder, name))

/** What nobody may lose: right, account, address, key, verifiers, and an entry in each directory. */
async function entitlements(): Promise<string[]> {
  const { rows } = await sql<{ line: string }>`
    select concat_ws(' ', a.number, a.state, a.right_kind, a.right_years, a.locked, a.mail,
      (select string_agg(k.version || k.state || (k.sealed is not null), ',' order by k.version)
        from activation_key k where k.number = a.number),
      (select string_agg(v.scheme || v.mac, ',' order by v.scheme) from verifier v where v.number = a.number),
      (select string_agg(s.target || s.state || s.dn, ',' order by s.target)
        from settlement s where s.number = a.number)) as line
    from account a order by a.number`.execute(stage.rooms.registry.db)
  return rows.map(({ line }) => line.replace(/unsettled/g, 'settled'))
}

const refusals = async (): Promise<Record<string, number>> =>
  Object.fromEntries(
    [
      ...(await rooms.metrics.text()).matchAll(/^matricule_feed_refused_total\{reason="(\w+)"\} (\d+)$/gm),
    ].map(([, reason = '', count]) => [reason, Number(count)]),
  )

/** Reads and judges what lies there; a refusal or a hold is counted once, under its code. */
async function outcome(): Promise<string> {
  const before = await refusals()
  const reading: Reading = await read(rooms)
  await judge(rooms)
  const code = 'code' in reading ? reading.code : null
  const after = await refusals()
  if (code !== null) expect(after[code]).toBe((before[code] ?? 0) + 1)
  else expect(after).toEqual(before)
  return code ?? reading.state
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
const rowsIn = (bytes: Buffer) =>
  Math.max(
    0,
    bytes
      .toString('latin1')
      .split('\n')
      .filter((line) => line.trim() !== '').length - 1,
  )

/** A manifest that says of these files what is true of them. */
function honest({ people, enrolments }: Files, more: Record<string, unknown> = {}): Manifest {
  stage.clock.move(minute)
  snapshot += 1
  return {
    snapshot,
    taken_at: stage.clock.now().toISOString(),
    kind: 'full',
    encoding: 'ISO-8859-15',
    open_years: ['2026'],
    files: {
      [peopleFile]: { rows: rowsIn(people), sha256: sha256(people) },
      [enrolmentsFile]: { rows: rowsIn(enrolments), sha256: sha256(enrolments) },
    },
    ...more,
  }
}

async function lay(files: Partial<Files>, more: Record<string, unknown> = {}): Promise<Manifest> {
  const all = { ...whole, ...files }
  const manifest = honest(all, more)
  await writeFile(join(folder, peopleFile), all.people)
  await writeFile(join(folder, enrolmentsFile), all.enrolments)
  await writeFile(join(folder, manifestFile), JSON.stringify(manifest))
  return manifest
}

const text = (bytes: Buffer) => bytes.toString('latin1')
const bytes = (lines: string) => Buffer.from(lines, 'latin1')
const linesOf = (file: Buffer) => text(file).split('\r\n').filter(Boolean)
const fileOf = (lines: readonly string[]) => bytes(`${lines.join('\r\n')}\r\n`)

describe('a feed that was cut', () => {
  /** `count` places in a file, the first and the last bytes among them. */
  const places = (length: number, count: number) =>
    [...Array(count).keys()].map((index) => Math.floor((index * (length - 1)) / (count - 1)))

  test('at any of a thousand bytes, beside the manifest of the whole, is refused for now', async () => {
    let refused = 0
    for (const [file, name, count] of [
      ['people', peopleFile, 640],
      ['enrolments', enrolmentsFile, 400],
    ] as const) {
      await lay({})
      for (const at of places(whole[file].length, count)) {
        await writeFile(join(folder, name), whole[file].subarray(0, at))
        const reading = await read(rooms)
        expect(reading, `${name} cut at ${at}`).toMatchObject({ state: 'refused', code: 'FEED_MISMATCH' })
        refused++
      }
    }
    expect(refused).toBeGreaterThanOrEqual(1_000)
    expect((await judge(rooms)).judged).toBe(0)
  }, 120_000)

  test('in its manifest is refused, and taken once the manifest is whole', async () => {
    const manifest = Buffer.from(JSON.stringify(await lay({})))
    for (let at = 0; at < manifest.length; at += 2) {
      await writeFile(join(folder, manifestFile), manifest.subarray(0, at))
      expect(await read(rooms), `at ${at}`).toMatchObject({ state: 'refused', code: 'FEED_MANIFEST' })
    }
    await writeFile(join(folder, manifestFile), manifest)
    expect(await outcome()).toBe('accepted')
  })

  test('and whose manifest says just that, is refused or takes nothing away', async () => {
    const outcomes = new Set<string>()
    for (const file of ['people', 'enrolments'] as const) {
      for (const at of [...places(whole[file].length, 10), 40, whole[file].length - 3]) {
        await lay({ [file]: whole[file].subarray(0, at) })
        outcomes.add(await outcome())
        expect(await entitlements(), `${file} cut at ${at}`).toEqual(known)
      }
    }
    expect(outcomes).toEqual(new Set(['FEED_EMPTY', 'FEED_HEADER', 'FEED_TOO_MANY_SET_ASIDE', 'accepted']))
  })

  test('to half of its students, or to one, takes nothing from the others', async () => {
    const [head = '', ...people] = linesOf(whole.people)
    const [header = '', ...enrolments] = linesOf(whole.enrolments)
    for (const count of [100, 20]) {
      const kept = people.slice(0, count)
      const numbers = new Set(kept.map((line) => line.split(';')[0]))
      const theirs = enrolments.filter((line) => numbers.has(line.split(';')[0]))
      await lay({ people: fileOf([head, ...kept]), enrolments: fileOf([header, ...theirs]) })
      expect(await outcome()).toBe('accepted')
    }
  })
})

/** A file with the cells of each line changed; the header is line 0. */
function cells(file: Buffer, change: (cells: string[], line: number) => string[]): Buffer {
  const rows = parse(text(file), { delimiter: ';' })
  const quoted = (cell: string) => (cell.includes(';') ? `"${cell}"` : cell)
  return fileOf(rows.map((row, index) => change(row, index).map(quoted).join(';')))
}
const swapped = (row: readonly string[], one: number, other: number) =>
  row.map((cell, index) => (index === one ? (row[other] ?? '') : index === other ? (row[one] ?? '') : cell))

const page = bytes('<!doctype html><title>401</title><p>Authentification requise</p>\r\n')
const oracle = bytes('ORA-01017: invalid username/password; logon denied\r\n')

describe('a garbled drop', () => {
  const headers = () => ({
    people: fileOf(linesOf(whole.people).slice(0, 1)),
    enrolments: fileOf(linesOf(whole.enrolments).slice(0, 1)),
  })
  const utf8 = () => ({
    people: Buffer.from(new TextDecoder('ISO-8859-15').decode(whole.people)),
    enrolments: Buffer.from(new TextDecoder('ISO-8859-15').decode(whole.enrolments)),
  })
  const withHole = (at: number, size: number) => {
    const holed = Buffer.from(whole.enrolments)
    holed.fill(0, at, at + size)
    return holed
  }

  const cases: [string, string, () => Promise<unknown>][] = [
    ['of no bytes', 'FEED_EMPTY', () => lay({ people: Buffer.alloc(0), enrolments: Buffer.alloc(0) })],
    ['of one file of no bytes', 'FEED_EMPTY', () => lay({ enrolments: Buffer.alloc(0) })],
    ['of blank lines', 'FEED_EMPTY', () => lay({ enrolments: bytes('\r\n\r\n\r\n') })],
    ['that is a success of zero rows', 'FEED_EMPTY', () => lay(headers())],
    ['with people and no enrolment', 'FEED_EMPTY', () => lay({ enrolments: headers().enrolments })],
    ['that changes nothing and is empty', 'accepted', () => lay(headers(), { kind: 'delta' })],
    ['that is a page of refusal', 'FEED_HEADER', () => lay({ people: page, enrolments: page })],
    ['that is an error of the database', 'FEED_HEADER', () => lay({ people: oracle, enrolments: oracle })],
    [
      'that is compressed',
      'FEED_ENCODING',
      () => lay({ people: gzipSync(whole.people), enrolments: gzipSync(whole.enrolments) }),
    ],
    ['in UTF-16', 'FEED_ENCODING', () => lay({ people: Buffer.from(text(whole.people), 'utf16le') })],
    ['with a hole', 'FEED_ENCODING', () => lay({ enrolments: withHole(20_000, 4_096) })],
    ['with one NUL', 'FEED_ENCODING', () => lay({ enrolments: withHole(20_000, 1) })],
    ['in UTF-8, as it says', 'accepted', () => lay(utf8(), { encoding: 'UTF-8' })],
    ['in ISO-8859-15 that says UTF-8', 'FEED_ENCODING', () => lay({}, { encoding: 'UTF-8' })],
    ['in UTF-8 that says ISO-8859-15', 'FEED_ENCODING', () => lay(utf8())],
    ['in UTF-8 that says ISO-8859-1', 'FEED_ENCODING', () => lay(utf8(), { encoding: 'ISO-8859-1' })],
    ['in UTF-8 that says Windows-1252', 'FEED_ENCODING', () => lay(utf8(), { encoding: 'Windows-1252' })],
    [
      'whose lines end as on Unix',
      'accepted',
      () =>
        lay({
          people: bytes(text(whole.people).replaceAll('\r\n', '\n')),
          enrolments: bytes(text(whole.enrolments).replaceAll('\r\n', '\n')),
        }),
    ],
    [
      'whose lines end as on an old Mac',
      'FEED_EMPTY',
      () => lay({ people: bytes(text(whole.people).replaceAll('\r\n', '\r')) }),
    ],
    ['with commas', 'FEED_HEADER', () => lay({ people: bytes(text(whole.people).replaceAll(';', ',')) })],
    ['without its header', 'FEED_HEADER', () => lay({ people: fileOf(linesOf(whole.people).slice(1)) })],
    [
      'with its header in every line',
      'FEED_TOO_MANY_SET_ASIDE',
      () =>
        lay({
          people: fileOf(linesOf(whole.people).flatMap((line) => [line, linesOf(whole.people)[0] ?? ''])),
        }),
    ],
    [
      'with a quote that never closes',
      'FEED_MISMATCH',
      () =>
        lay({
          enrolments: cells(whole.enrolments, (row, line) =>
            line === 30 ? [...row.slice(0, -1), '"'] : row,
          ),
        }),
    ],
    [
      'with its rows twice',
      'FEED_TOO_MANY_SET_ASIDE',
      () => lay({ people: fileOf([...linesOf(whole.people), ...linesOf(whole.people).slice(1)]) }),
    ],
    [
      'with its files exchanged',
      'FEED_HEADER',
      () => lay({ people: whole.enrolments, enrolments: whole.people }),
    ],
    ['with the same file twice', 'FEED_HEADER', () => lay({ enrolments: whole.people })],
    [
      'with its rows in another order',
      'accepted',
      () =>
        lay({
          people: fileOf([linesOf(whole.people)[0] ?? '', ...linesOf(whole.people).slice(1).reverse()]),
        }),
    ],
    [
      'that says another digest',
      'FEED_MISMATCH',
      () =>
        lay(
          {},
          {
            files: {
              [peopleFile]: { rows: 300, sha256: sha256(page) },
              [enrolmentsFile]: { rows: 1, sha256: sha256(page) },
            },
          },
        ),
    ],
    [
      'that says a row more',
      'FEED_MISMATCH',
      () =>
        lay(
          {},
          {
            files: {
              [peopleFile]: { rows: rowsIn(whole.people) + 1, sha256: sha256(whole.people) },
              [enrolmentsFile]: { rows: rowsIn(whole.enrolments), sha256: sha256(whole.enrolments) },
            },
          },
        ),
    ],
    ['with an older number', 'FEED_STALE', () => lay({}, { snapshot: 3 })],
    ['taken earlier', 'FEED_STALE', () => lay({}, { taken_at: '2026-09-01T21:30:00+02:00' })],
    ['taken in the future', 'FEED_MANIFEST', () => lay({}, { taken_at: '2999-09-01T21:30:00+02:00' })],
    ['of another year', 'FEED_INCOMPLETE', () => lay({}, { open_years: ['2031'] })],
    ['of a year more', 'YEAR_CHANGED', () => lay({}, { open_years: ['2026', '2027'] })],
  ]
  test.each(cases)('%s ends as %s', async (_, ends, prepare) => {
    await prepare()
    expect(await outcome()).toBe(ends)
  })

  test('that lacks a column is refused, whichever it is', async () => {
    for (const [file, { required }] of [
      ['people', personColumns],
      ['enrolments', enrolmentColumns],
    ] as const) {
      const header = linesOf(whole[file])[0]?.split(';') ?? []
      for (const name of required) {
        const at = header.indexOf(name)
        await lay({ [file]: cells(whole[file], (row) => row.toSpliced(at, 1)) })
        expect(await outcome(), name).toBe('FEED_HEADER')
      }
    }
  })

  test('whose columns stand in another order is the same', async () => {
    const before = await personLines()
    await lay({
      people: cells(whole.people, (row) => row.toReversed()),
      enrolments: cells(whole.enrolments, (row) => row.toReversed()),
    })
    expect(await outcome()).toBe('accepted')
    expect(await personLines()).toEqual(before)
  })

  test('whose columns bear each other’s names takes nobody’s right, account or password', async () => {
    const header = linesOf(whole.enrolments)[0]?.split(';') ?? []
    const outcomes: Record<string, string> = {}
    for (const telling of ['ETA_IAE', 'COD_ANU', 'COD_ETU']) {
      for (const other of enrolmentColumns.required.filter((name) => name !== telling)) {
        const [one, two] = [header.indexOf(telling), header.indexOf(other)]
        await lay({
          enrolments: cells(whole.enrolments, (row, line) => (line === 0 ? swapped(row, one, two) : row)),
        })
        outcomes[`${telling} ${other}`] = await outcome()
        expect(await entitlements(), `${telling} for ${other}`).toEqual(known)
      }
    }
    expect(new Set(Object.values(outcomes))).toEqual(new Set(['FEED_TOO_MANY_SET_ASIDE']))
  })
})

/** Who people are, by the registry. */
async function personLines(): Promise<string[]> {
  const { rows } = await sql<{ line: string }>`
    select concat_ws('|', number, ine, birth_name, usage_name, first_name, second_name, birth_date, address) as line
    from person order by number`.execute(stage.rooms.registry.db)
  return rows.map(({ line }) => line)
}

describe('a row that is there twice', () => {
  /** A row of somebody active whose enrolment of the open year gives the right. */
  const telling = () => {
    const header = linesOf(whole.enrolments)[0]?.split(';') ?? []
    const [number, year, state] = ['COD_ETU', 'COD_ANU', 'ETA_IAE'].map((name) => header.indexOf(name))
    const row = linesOf(whole.enrolments).find((line) => {
      const cell = line.split(';')
      return cell[number ?? 0] === active[0] && cell[year ?? 0] === '2026' && cell[state ?? 0] === 'E'
    })
    if (row === undefined) throw new Error('nobody active is enrolled')
    const cancelled = row.split(';').map((cell, index) => (index === state ? 'A' : cell))
    return { row, cancelled: cancelled.join(';') }
  }
  const instead = (...rows: string[]) => {
    const { row } = telling()
    return fileOf(linesOf(whole.enrolments).flatMap((line) => (line === row ? rows : [line])))
  }

  test('alike counts once', async () => {
    const { row } = telling()
    await lay({ enrolments: instead(row, row, row) })
    expect(await outcome()).toBe('accepted')
  })

  test('and contradicts itself takes no right away, in whichever order', async () => {
    const { row, cancelled } = telling()
    for (const rows of [
      [row, cancelled],
      [cancelled, row],
      [cancelled, row, cancelled],
      [cancelled, row, row, cancelled],
    ]) {
      await lay({ enrolments: instead(...rows) })
      expect(await outcome()).toBe('accepted')
      expect(await entitlements()).toEqual(known)
    }
  })

  test('says what it says when it says it alone', async () => {
    await lay({ enrolments: instead(telling().cancelled) })
    expect(await outcome()).toBe('accepted')
    expect(await entitlements()).not.toEqual(known)
    await lay({})
    expect(await outcome()).toBe('accepted')
    await approveAll(stage)
    await pass(rooms)
  })
})

describe('a manifest', () => {
  const long = 'x'.repeat(2 ** 21)
  const hollow = { rows: 1, sha256: '0'.repeat(64) }
  test.each([
    ['that is noise', Buffer.from(Array.from({ length: 300 }, (_, index) => (index * 131 + 7) & 255))],
    ['that is blank', Buffer.from('   ')],
    ['that is a page of refusal', page],
    ['that is a list', Buffer.from('[]')],
    ['that is too long', Buffer.from(JSON.stringify({ long }))],
    ['of a hundred thousand levels', Buffer.from('['.repeat(100_000))],
    ['in UTF-16', Buffer.from('{}', 'utf16le')],
  ])('%s is refused', async (_, said) => {
    await lay({})
    await writeFile(join(folder, manifestFile), said)
    expect(await outcome()).toBe('FEED_MANIFEST')
    expect(await outcome()).toBe('unchanged')
  })

  test.each([
    ['with rows below zero', { files: { [peopleFile]: { ...hollow, rows: -1 }, [enrolmentsFile]: hollow } }],
    [
      'with rows beyond all numbers',
      { files: { [peopleFile]: { ...hollow, rows: 1e300 }, [enrolmentsFile]: hollow } },
    ],
    ['with a number beyond all numbers', { snapshot: 2 ** 60 }],
    ['with a number as text', { snapshot: '1001' }],
    ['with a time that is none', { taken_at: '2026-02-30T25:00:00+02:00' }],
    ['with a time that is a day', { taken_at: '2026-09-15' }],
    ['without open years', { open_years: null }],
    ['with five open years', { open_years: ['2024', '2025', '2026', '2027', '2028'] }],
    [
      'with a digest of another kind',
      {
        files: {
          [peopleFile]: { rows: 1, sha256: 'd41d8cd98f00b204e9800998ecf8427e' },
          [enrolmentsFile]: hollow,
        },
      },
    ],
    ['that names one file', { files: { [peopleFile]: hollow } }],
    ['that names none', { files: [] }],
  ])('%s is refused', async (_, said) => {
    await lay({}, said)
    expect(await outcome()).toBe('FEED_MANIFEST')
    expect(await outcome()).toBe('unchanged')
  })
})

describe('what lies in the place of a file', () => {
  const place = (name: string) => join(folder, name)
  const kinds: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
    'a folder': (path) => mkdir(path),
    'a link to nothing': (path) => symlink('/no/such/file', path),
    'a link to itself': (path) => symlink(path, path),
    'a link to a folder': (path) => symlink('/', path),
    'a pipe': (path) => Promise.resolve(execFileSync('mkfifo', [path])),
    'a source of zeroes': (path) => symlink('/dev/zero', path),
    nothing: () => Promise.resolve(),
  }
  test.each(
    Object.keys(kinds).flatMap((kind) =>
      [peopleFile, enrolmentsFile, manifestFile].map((name) => [kind, name] as const),
    ),
  )('%s for %s is waited out', async (kind, name) => {
    await lay({})
    const kept = await bytesOf(name)
    await rm(place(name))
    await kinds[kind]?.(place(name))
    expect(await outcome()).toBe('FEED_MISSING')
    expect(await outcome()).toBe('FEED_MISSING')
    await rm(place(name), { recursive: true, force: true })
    await writeFile(place(name), kept)
    expect(await outcome()).toBe('accepted')
  })

  test('a link to the file is the file', async () => {
    await lay({})
    const elsewhere = join(stage.folder, 'elsewhere.csv')
    await writeFile(elsewhere, whole.people)
    await rm(place(peopleFile))
    await symlink(elsewhere, place(peopleFile))
    expect(await outcome()).toBe('accepted')
  })

  test('a file without end is read to its bound and no further', async () => {
    await lay({})
    await truncate(place(enrolmentsFile), 2 ** 40)
    const unbounded = rooms
    rooms = { ...rooms, source: createDropSource({ path: folder, limits: { maxFileBytes: 2 ** 20 } }) }
    expect(await outcome()).toBe('FEED_MISMATCH')
    rooms = unbounded
  })
})

test('files that arrive after their manifest are waited for, however slowly they come', async () => {
  await lay({})
  const coming = [
    [peopleFile, whole.people],
    [enrolmentsFile, whole.enrolments],
  ] as const
  for (const [name] of coming) await writeFile(join(folder, name), '')
  expect(await outcome()).toBe('FEED_MISMATCH')
  for (const [name, file] of coming) {
    await using handle = await open(join(folder, name), 'a')
    const piece = Math.ceil(file.length / 12)
    for (let at = 0; at < file.length; at += piece) {
      // Read and written at the same moment.
      const reading = outcome()
      await handle.appendFile(file.subarray(at, at + piece))
      const last = name === enrolmentsFile && at + piece >= file.length
      expect(last ? ['FEED_MISMATCH', 'accepted'] : ['FEED_MISMATCH']).toContain(await reading)
    }
  }
  expect(['accepted', 'unchanged']).toContain(await outcome())
})
