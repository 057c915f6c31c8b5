import { execFileSync } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { enrolmentColumns, personColumns } from '../../daemon/source/columns.ts'
import { createDropSource, readDrop } from '../../daemon/source/drop.ts'
import type { StudentRecord } from '../../domain/person.ts'
import type { Snapshot } from '../../domain/snapshot.ts'
import { enrolments, people, refusal, temporaryFolder, writeRaw, type RawDrop } from './source-drops.ts'

async function read(drop: RawDrop, limits = {}) {
  await using folder = await temporaryFolder()
  await writeRaw(folder.path, drop)
  const snapshot = await readDrop(folder.path, limits)
  return { ...snapshot, students: byNumber(snapshot) }
}

const lenient = { maxSetAsideShare: 1 }

describe('a good drop', () => {
  test('is read with everything it says', async () => {
    const snapshot = await read({})
    expect(snapshot).toMatchObject({ number: 42, kind: 'full', openYears: ['2026'], rows: 2, setAside: [] })
    expect(snapshot.takenAt.toISOString()).toBe('2026-09-14T19:30:00.000Z')
    expect(snapshot.digest).toMatch(/^[0-9a-f]{64}$/)
    expect(snapshot.students.get('21100042')).toMatchObject({
      person: {
        ine: '1234567890A',
        birthName: 'HOPPER',
        birthDate: '2006-12-09',
        annualAddress: null,
        mobile: null,
      },
      enrolments: [{ year: '2025', main: true, createdAt: '2025-07-08T08:11:12.000Z', regime: null }],
    })
  })

  test('may have its columns in any order, and others beside', async () => {
    const columns = ['AUTRE', ...personColumns.required.toReversed(), 'PRENOM_USAGE']
    const snapshot = await read({
      people: people([{ AUTRE: 'x', PRENOM_USAGE: 'AMAZING' }], columns),
      enrolments: enrolments([{ COD_CUR: 'L1' }], [...enrolmentColumns.required, 'COD_CUR'].toReversed()),
    })
    expect(snapshot.students.get('21100042')).toMatchObject({
      person: { birthName: 'HOPPER', chosenFirstName: 'AMAZING' },
      enrolments: [{ step: 'L1MATH', cursus: 'L1' }],
    })
  })

  test('may begin with a byte order mark, end its lines as Windows does and leave blank lines', async () => {
    const snapshot = await read({
      people: `\uFEFF${people([{}], personColumns.required, '\r\n')}\r\n`,
      enrolments: `\uFEFF${enrolments([{}], enrolmentColumns.required, '\r\n')}`,
      rows: [1, 1],
    })
    expect(snapshot.students.get('21100042')?.enrolments).toHaveLength(1)
  })

  test('may end without a line break', async () => {
    const snapshot = await read({ people: people([{}]).trimEnd(), enrolments: enrolments([{}]).trimEnd() })
    expect(snapshot.students.get('21100042')?.enrolments).toHaveLength(1)
  })

  test('may quote its cells, and hold semicolons, quotes and line breaks in them', async () => {
    const snapshot = await read({
      people: people([{ LIB_NOM_PAT_IND: '"O;""N\r\nEIL"', LIB_PR1_IND: 'JEAN "JOE"' }]),
      rows: [1, 1],
    })
    expect(snapshot.students.get('21100042')?.person).toMatchObject({
      birthName: 'O;"N\r\nEIL',
      firstName: 'JEAN "JOE"',
    })
  })

  test('keeps somebody with a strange name, a strange address and no optional date', async () => {
    const strange = {
      LIB_NOM_PAT_IND: '=1+1 ☃',
      LIB_PR1_IND: '',
      DATE_NAI_IND: '',
      DAA_ETB: '',
      ADR_MAIL: 'not an @ddress;',
    }
    const snapshot = await read({
      people: people([{ ...strange, ADR_MAIL: '"not an @ddress;"', COD_SEX_ETU: '?' }]),
      enrolments: enrolments([{ DAT_CRE_IAE: '', DAT_MOD_IAE: '' }]),
    })
    expect(snapshot.setAside).toEqual([])
    expect(snapshot.students.get('21100042')?.person).toMatchObject({
      birthName: '=1+1 ☃',
      firstName: null,
      birthDate: null,
      sex: null,
      fixedAddress: 'not an @ddress;',
    })
  })

  test('may have its few accents in any encoding that has them, even those that might be UTF-8', async () => {
    const sure = people([{ LIB_NOM_PAT_IND: 'DUPR\xc9 \xc3\xa9' }])
    const snapshot = await read({
      people: Buffer.from(sure, 'latin1'),
      manifest: { encoding: 'ISO-8859-15' },
    })
    expect(snapshot.students.get('21100042')?.person.birthName).toBe('DUPRÉ Ã©')
  })

  test('reads date-times of Paris on both sides of a change of clocks', async () => {
    const at = ['28/03/2026 23:59:59', '29/03/2026 01:59:59', '29/03/2026 03:00:00', '30/03/2026 00:00:00']
    const snapshot = await read({
      enrolments: enrolments(at.map((time, index) => ({ DAT_CRE_IAE: time, NUM_OCC_IAE: String(index) }))),
    })
    expect(snapshot.students.get('21100042')?.enrolments.map(({ createdAt }) => createdAt)).toEqual([
      '2026-03-28T22:59:59.000Z',
      '2026-03-29T00:59:59.000Z',
      '2026-03-29T01:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ])
  })

  test.each([
    ['UTF-8', 'c592c5b8e282ac'],
    ['ISO-8859-15', 'bcbea4'],
    ['Windows-1252', '8c9f80'],
    // As on the web, what says ISO-8859-1 is read as Windows-1252.
    ['ISO-8859-1', '8c9f80'],
  ])('in %s has its letters read', async (encoding, bytes) => {
    const [head = '', tail = ''] = people([{ LIB_NOM_PAT_IND: '@@' }]).split('@@')
    const text = Buffer.concat([Buffer.from(head), Buffer.from(bytes, 'hex'), Buffer.from(tail)])
    const snapshot = await read({ people: text, manifest: { encoding } })
    expect(snapshot.students.get('21100042')?.person.birthName).toBe('ŒŸ€')
  })
})

describe('a row is set aside', () => {
  test.each([
    ['a number that is no number', people([{}, { COD_ETU: '2110004X' }]), 'NUMBER_UNREADABLE', null],
    ['a number of six digits', people([{}, { COD_ETU: '211000' }]), 'NUMBER_UNREADABLE', null],
    [
      'a birth date that is no date',
      people([{}, { COD_ETU: '3000001', DATE_NAI_IND: '31/02/2006' }]),
      'DATE_UNREADABLE',
      '3000001',
    ],
    [
      'a birth date the American way',
      people([{}, { COD_ETU: '3000001', DATE_NAI_IND: '2006-02-01' }]),
      'DATE_UNREADABLE',
      '3000001',
    ],
    [
      'a first year that is no year',
      people([{}, { COD_ETU: '3000001', DAA_ETB: '26' }]),
      'YEAR_UNREADABLE',
      '3000001',
    ],
    ['no birth name', people([{}, { COD_ETU: '3000001', LIB_NOM_PAT_IND: ' ' }]), 'VALUE_MISSING', '3000001'],
    ['a number that was there before', people([{}, { LIB_NOM_PAT_IND: 'OTHER' }]), 'DUPLICATE', '21100042'],
    ['a column too many', people([{}, { COD_ETU: '3000001', ADR_MAIL: 'a;b' }]), 'COLUMN_COUNT', null],
    ['a line that is cut', `${people([{}])}3000001;x\n`, 'COLUMN_COUNT', null],
  ])('of people for %s', async (_, text, reason, number) => {
    const snapshot = await read({ people: text }, lenient)
    expect(snapshot.setAside).toEqual([{ file: 'individus.csv', line: 3, number, reason }])
    expect([...snapshot.students.values()].map(({ person }) => person.birthName)).toEqual(['HOPPER'])
  })

  test.each([
    ['a number that is no number', { COD_ETU: '' }, 'NUMBER_UNREADABLE', null],
    ['a year that is no year', { COD_ANU: '26/27' }, 'YEAR_UNREADABLE', '21100042'],
    ['no year', { COD_ANU: '' }, 'YEAR_UNREADABLE', '21100042'],
    ['an unknown state', { COD_ETP: 'X', ETA_IAE: 'Z' }, 'STATE_UNKNOWN', '21100042'],
    ['no state', { COD_ETP: 'X', ETA_IAE: '' }, 'STATE_UNKNOWN', '21100042'],
    ['an unreadable creation', { COD_ETP: 'X', DAT_CRE_IAE: '08/07/2026' }, 'DATE_UNREADABLE', '21100042'],
    [
      'an unreadable change',
      { COD_ETP: 'X', DAT_MOD_IAE: '08/13/2026 10:00:00' },
      'DATE_UNREADABLE',
      '21100042',
    ],
    [
      'an unreadable end',
      { COD_ETP: 'X', DAT_ANNUL_RES_IAE: '08/07/2026 24:00:00' },
      'DATE_UNREADABLE',
      '21100042',
    ],
    ['no step', { COD_ETP: '' }, 'VALUE_MISSING', '21100042'],
    ['no version of the step', { COD_VRS_VET: '' }, 'VALUE_MISSING', '21100042'],
    ['a student who is not there', { COD_ETU: '3000001' }, 'STUDENT_UNKNOWN', '3000001'],
    ['an enrolment that was there before', { LIB_CMP: 'Other' }, 'DUPLICATE', '21100042'],
    ['a column too many', { LIB_CMP: 'a;b' }, 'COLUMN_COUNT', null],
  ])('of enrolments for %s', async (_, cells, reason, number) => {
    const snapshot = await read({ enrolments: enrolments([{}, cells]) }, lenient)
    expect(snapshot.setAside).toEqual([{ file: 'inscriptions.csv', line: 3, number, reason }])
    expect(snapshot.students.get('21100042')?.enrolments).toMatchObject([{ step: 'L1MATH', state: 'E' }])
  })

  test('and so is all that is said of an enrolment whose rows disagree on its state', async () => {
    const states = ['E', 'A', 'A', 'E'].map((ETA_IAE) => ({ ETA_IAE }))
    const snapshot = await read({ enrolments: enrolments([...states, { COD_ETP: 'X' }]) }, lenient)
    expect(snapshot.setAside.map(({ line, reason }) => [line, reason])).toEqual([
      [3, 'DUPLICATE'],
      [4, 'DUPLICATE'],
      [5, 'DUPLICATE'],
    ])
    expect(snapshot.students.get('21100042')?.enrolments.map(({ step }) => step)).toEqual(['X'])
  })

  test('with the enrolments of a person who was', async () => {
    const snapshot = await read(
      {
        people: people([{}, { COD_ETU: '3000001', DATE_NAI_IND: 'x' }]),
        enrolments: enrolments([{}, { COD_ETU: '3000001' }]),
      },
      lenient,
    )
    expect(snapshot.setAside.map(({ reason }) => reason)).toEqual(['DATE_UNREADABLE', 'STUDENT_UNKNOWN'])
    expect([...snapshot.students.keys()]).toEqual(['21100042'])
  })

  test('and its line is right after line breaks in cells and blank lines', async () => {
    const text = people([{ LIB_NOM_PAT_IND: '"A\nB"' }, { COD_ETU: 'x', LIB_NOM_PAT_IND: '"A\nB"' }]).replace(
      '\n',
      '\n\n',
    )
    const snapshot = await read({ people: text, rows: [2, 1] }, lenient)
    expect(snapshot.setAside).toMatchObject([{ line: 5 }])
  })

  test('and up to 1 % of them is tolerated, one more is not', async () => {
    const bad = (count: number) =>
      people(
        Array.from({ length: 199 }, (_, index) => ({
          COD_ETU: index < count ? 'x' : String(21_100_042 + index - count),
        })),
      )
    expect((await read({ people: bad(2) })).setAside).toHaveLength(2)
    const error = await refusal(read({ people: bad(3) }))
    expect(error).toMatchObject({ code: 'FEED_TOO_MANY_SET_ASIDE', transient: false })
    expect(error.message).toBe('3 of 200 rows cannot be read, 2 are tolerated (NUMBER_UNREADABLE 3)')
    expect(JSON.stringify(error.details)).not.toMatch(/HOPPER|grace@/)
  })
})

describe('a drop is refused', () => {
  const cases: [string, RawDrop, string][] = [
    ['a full one without people', { people: people([]) }, 'FEED_EMPTY'],
    ['a full one without enrolments', { enrolments: enrolments([]) }, 'FEED_EMPTY'],
    ['a file of no bytes', { people: '' }, 'FEED_EMPTY'],
    ['a missing column', { people: people([{}], personColumns.required.slice(1)) }, 'FEED_HEADER'],
    [
      'a missing column of enrolments',
      { enrolments: enrolments([{}], enrolmentColumns.required.slice(0, -1)) },
      'FEED_HEADER',
    ],
    [
      'a column that is there twice',
      { people: people([{}], [...personColumns.required, 'COD_ETU']) },
      'FEED_HEADER',
    ],
    ['commas for semicolons', { people: people([{}]).replaceAll(';', ',') }, 'FEED_HEADER'],
    ['fewer rows than it says', { rows: [2, 1] }, 'FEED_MISMATCH'],
    ['more rows than it says', { rows: [1, 0] }, 'FEED_MISMATCH'],
    ['a quote that is never closed', { people: people([{ LIB_NOM_PAT_IND: '"HOPPER' }]) }, 'FEED_MISMATCH'],
    [
      'a line beyond the bound',
      { people: people([{ LIB_NOM_PAT_IND: 'x'.repeat(70_000) }]) },
      'FEED_MISMATCH',
    ],
    ['NUL bytes', { people: people([{ LIB_NOM_PAT_IND: 'A\0B' }]) }, 'FEED_ENCODING'],
    ['a block of zeroes at its end', { enrolments: enrolments([{}]) + '\0'.repeat(512) }, 'FEED_ENCODING'],
    [
      'bytes that are not UTF-8',
      { people: Buffer.from(people([{ LIB_NOM_PAT_IND: 'É' }]), 'latin1') },
      'FEED_ENCODING',
    ],
    [
      'UTF-8 cut inside its last letter',
      { people: Buffer.from(people([{}]) + 'É').subarray(0, -1) },
      'FEED_ENCODING',
    ],
    [
      'bytes that Windows-1252 has not',
      {
        people: Buffer.from(people([{ LIB_NOM_PAT_IND: '\x81' }]), 'latin1'),
        manifest: { encoding: 'Windows-1252' },
      },
      'FEED_ENCODING',
    ],
    ['UTF-16', { people: Buffer.from(people([{}]), 'utf16le') }, 'FEED_ENCODING'],
    [
      'swapped contents of two columns',
      { people: people([{ COD_ETU: 'HOPPER', LIB_NOM_PAT_IND: '21100042' }]) },
      'FEED_TOO_MANY_SET_ASIDE',
    ],
    ['the files exchanged', { people: enrolments([{}]), enrolments: people([{}]) }, 'FEED_HEADER'],
    [
      'a full one without the year before',
      { enrolments: enrolments([{ COD_ANU: '2026' }]) },
      'FEED_INCOMPLETE',
    ],
    [
      'a full one without the year before the earliest',
      { manifest: { open_years: ['2027', '2025'] } },
      'FEED_INCOMPLETE',
    ],
    ['no open year', { manifest: { open_years: [] } }, 'FEED_MANIFEST'],
    ['a year as a number', { manifest: { open_years: [2026] } }, 'FEED_MANIFEST'],
    ['the same year twice', { manifest: { open_years: ['2026', '2026'] } }, 'FEED_MANIFEST'],
    ['a time without offset', { manifest: { taken_at: '2026-09-14T21:30:00' } }, 'FEED_MANIFEST'],
    ['another encoding', { manifest: { encoding: 'EBCDIC' } }, 'FEED_MANIFEST'],
    ['another kind', { manifest: { kind: 'half' } }, 'FEED_MANIFEST'],
    ['no list of files', { manifest: { files: {} } }, 'FEED_MANIFEST'],
    ['a snapshot that is no whole number', { manifest: { snapshot: 4.2 } }, 'FEED_MANIFEST'],
  ]
  test.each(cases)('for %s', async (_, drop, code) => {
    const error = await refusal(read(drop))
    expect(error).toMatchObject({ code, transient: false })
    expect(`${error.message} ${JSON.stringify(error.details)}`).not.toMatch(/HOPPER|grace@|21100042/)
  })

  test('with every fault of its manifest named at once', async () => {
    const error = await refusal(read({ manifest: { kind: 'half', snapshot: 'x', open_years: ['26'] } }))
    expect(error.message).toMatch(/snapshot.*kind.*open_years\.0/)
  })

  test('for a file larger than the bound', async () => {
    expect(await refusal(read({}, { maxFileBytes: 100 }))).toMatchObject({
      code: 'FEED_MISMATCH',
      transient: false,
    })
  })

  test.each(['', '{', '[]', '"x"', '\u0000'.repeat(10), `{"a":"${'x'.repeat(2 ** 20)}"}`])(
    'for a manifest %#',
    async (text) => {
      await using folder = await temporaryFolder()
      await writeRaw(folder.path)
      await writeFile(join(folder.path, 'manifest.json'), text)
      expect(await refusal(readDrop(folder.path))).toMatchObject({ code: 'FEED_MANIFEST' })
    },
  )

  test.each(['manifest.json', 'individus.csv', 'inscriptions.csv'])(
    'for now when %s is not there',
    async (name) => {
      await using folder = await temporaryFolder()
      await writeRaw(folder.path)
      await rm(join(folder.path, name))
      const error = await refusal(readDrop(folder.path))
      expect(error).toMatchObject({ code: 'FEED_MISSING', transient: true })
      expect(error.message).toContain(name)
    },
  )

  test('for now when its folder is not there', async () => {
    expect(await refusal(readDrop('/no/such/folder'))).toMatchObject({
      code: 'FEED_MISSING',
      transient: true,
    })
  })

  test('and not waited for when a file is a pipe', async () => {
    await using folder = await temporaryFolder()
    await writeRaw(folder.path)
    await rm(join(folder.path, 'individus.csv'))
    execFileSync('mkfifo', [join(folder.path, 'individus.csv')])
    expect(await refusal(readDrop(folder.path))).toMatchObject({ code: 'FEED_MISSING' })
  })
})

describe('the first year of a university', () => {
  const first: RawDrop = { enrolments: enrolments([{ COD_ANU: '2026' }]) }
  test('needs nothing of the year before', async () => {
    expect((await read(first, { firstYear: '2026' })).students.size).toBe(1)
  })
  test('excuses only the years before it', async () => {
    expect(await refusal(read(first, { firstYear: '2025' }))).toMatchObject({ code: 'FEED_INCOMPLETE' })
  })
  test('needs enrolments all the same', async () => {
    const none = { enrolments: enrolments([]) }
    expect(await refusal(read(none, { firstYear: '2026' }))).toMatchObject({ code: 'FEED_EMPTY' })
  })
})

test('a delta may be empty, and need not hold the year before', async () => {
  const manifest = { kind: 'delta' }
  expect((await read({ people: people([]), enrolments: enrolments([]), manifest })).students.size).toBe(0)
  expect((await read({ enrolments: enrolments([{ COD_ANU: '2026' }]), manifest })).students.size).toBe(1)
})

test('one byte changed anywhere is noticed', async () => {
  await using folder = await temporaryFolder()
  await writeRaw(folder.path)
  const path = join(folder.path, 'individus.csv')
  const whole = await readFile(path)
  for (let at = 0; at < whole.length; at += 7) {
    const changed = Buffer.from(whole)
    changed[at] = (changed[at] ?? 0) ^ 1
    await writeFile(path, changed)
    expect(await refusal(readDrop(folder.path))).toMatchObject({ code: 'FEED_MISMATCH' })
  }
})

/** A signal that lets something happen at its nth question, in the middle of a read. */
function atQuestion(question: number, act: () => void): AbortSignal {
  let asked = 0
  const signal = new AbortController().signal
  signal.throwIfAborted = () => {
    if (++asked === question) act()
  }
  return signal
}

test('a drop replaced in the middle of reading is noticed at any moment', async () => {
  await using folder = await temporaryFolder()
  await using other = await temporaryFolder()
  await writeRaw(folder.path, { manifest: { snapshot: 43 } })
  await writeRaw(other.path, { people: people([{ LIB_NOM_PAT_IND: 'LAMARR' }]) })
  const manifest = await readFile(join(folder.path, 'manifest.json'))
  let replaced = 0
  for (let question = 2; question <= 8; question++) {
    await writeFile(join(folder.path, 'manifest.json'), manifest)
    const before = replaced
    const signal = atQuestion(question, () => {
      replaced++
      execFileSync('cp', [join(other.path, 'manifest.json'), folder.path])
    })
    const outcome = await readDrop(folder.path, {}, signal).catch((error: unknown) => error)
    if (replaced === before) continue
    expect(outcome).toMatchObject({ code: 'FEED_MISMATCH', transient: true })
  }
  expect(replaced).toBeGreaterThan(4)
})

describe('a drop as a source', () => {
  test('is read once, and again only when asked or when its manifest changes', async () => {
    await using folder = await temporaryFolder()
    await writeRaw(folder.path)
    const source = createDropSource({ path: folder.path })
    expect(source.describe()).toContain(folder.path)
    expect((await source.read())?.number).toBe(42)
    expect(await source.read()).toBeNull()
    expect((await source.read({ again: true }))?.number).toBe(42)
    await writeRaw(folder.path, { manifest: { snapshot: 43 } })
    expect((await source.read())?.number).toBe(43)
    expect(await source.read()).toBeNull()
  })

  test('refused for good is refused once, then again when asked', async () => {
    await using folder = await temporaryFolder()
    await writeRaw(folder.path, { people: people([]) })
    const source = createDropSource({ path: folder.path })
    expect(await refusal(source.read())).toMatchObject({ code: 'FEED_EMPTY' })
    expect(await source.read()).toBeNull()
    expect(await refusal(source.read({ again: true }))).toMatchObject({ code: 'FEED_EMPTY' })
  })

  test('whose files are still on their way is tried again at the next poll', async () => {
    await using folder = await temporaryFolder()
    await writeRaw(folder.path)
    const path = join(folder.path, 'individus.csv')
    const whole = await readFile(path)
    await writeFile(path, whole.subarray(0, 20))
    const source = createDropSource({ path: folder.path })
    expect(await refusal(source.read())).toMatchObject({ code: 'FEED_MISMATCH', transient: true })
    await writeFile(path, whole)
    expect((await source.read())?.number).toBe(42)
  })

  test('stops when told to, and forgets that it began', async () => {
    await using folder = await temporaryFolder()
    await writeRaw(folder.path)
    const source = createDropSource({ path: folder.path })
    await expect(source.read({ signal: AbortSignal.abort(new Error('told to')) })).rejects.toThrow('told to')
    expect((await source.read())?.number).toBe(42)
  })
})

function byNumber({ students }: Snapshot): Map<string, StudentRecord> {
  return new Map([...students.values()].map((record) => [record.person.number, record]))
}
