import type { Draw } from '../../demo/university/draw.ts'
import type { Sort } from './havings.ts'
import { bytesOf, type Sheet, type Sheets } from './sheets.ts'

/** One way in which a feed goes wrong, or is only written otherwise. */
export interface Spoiling {
  readonly name: string
  readonly sort: Sort
  /** Changes the sheets, or the bytes made from them. */
  spoil(sheets: Sheets, draw: Draw): { people: Buffer; enrolments: Buffer } | null
}

const which = (draw: Draw) => draw.pick(['people', 'enrolments'] as const)
const column = ({ header }: Sheet, name: string) => header.indexOf(name)

const bytes = (sheets: Sheets) => ({
  people: bytesOf(sheets.people, sheets),
  enrolments: bytesOf(sheets.enrolments, sheets),
})

function edited(name: string, sort: Sort, edit: (sheets: Sheets, draw: Draw) => void): Spoiling {
  return {
    name,
    sort,
    spoil(sheets, draw) {
      edit(sheets, draw)
      return null
    },
  }
}

/** Bytes that are changed after they were written, and told by the manifest as they are then. */
function scarred(name: string, scar: (whole: Buffer, draw: Draw) => Buffer): Spoiling {
  return {
    name,
    sort: 'wrong',
    spoil(sheets, draw) {
      const made = bytes(sheets)
      const of = which(draw)
      return { ...made, [of]: scar(made[of], draw) }
    },
  }
}

function setState({ enrolments }: Sheets, rows: readonly string[][], state: string): void {
  const at = column(enrolments, 'ETA_IAE')
  for (const row of rows) row[at] = state
}

function someOf<Item>(items: readonly Item[], share: number, draw: Draw): Item[] {
  return items.filter(() => draw.happens(share))
}

export const spoilings: readonly Spoiling[] = [
  scarred('cut anywhere', (whole, draw) => whole.subarray(0, draw.below(whole.length))),
  scarred('cut after a line', (whole, draw) => {
    const at = whole.indexOf(0x0a, draw.below(whole.length))
    return at === -1 ? whole : whole.subarray(0, at + 1)
  }),
  scarred('bytes changed', (whole, draw) => {
    const changed = Buffer.from(whole)
    for (let times = 1 + draw.below(5); times > 0; times--)
      changed[draw.below(changed.length)] = draw.below(256)
    return changed
  }),
  scarred('a hole of NUL', (whole, draw) => {
    const from = draw.below(whole.length)
    return Buffer.from(whole).fill(0, from, Math.min(whole.length, from + 1 + draw.below(4_096)))
  }),
  scarred('a piece twice', (whole, draw) => {
    const [from, to] = [draw.below(whole.length), draw.below(whole.length)].sort((one, other) => one - other)
    return Buffer.concat([whole.subarray(0, to), whole.subarray(from)])
  }),
  edited('two columns of cells swapped', 'wrong', (sheets, draw) => {
    const sheet = sheets[which(draw)]
    const [one, other] = [draw.below(sheet.header.length), draw.below(sheet.header.length)]
    for (const row of sheet.rows) [row[one], row[other]] = [row[other] ?? '', row[one] ?? '']
  }),
  edited('two names of columns swapped', 'wrong', (sheets, draw) => {
    const { header } = sheets[which(draw)]
    const [one, other] = [draw.below(header.length), draw.below(header.length)]
    ;[header[one], header[other]] = [header[other] ?? '', header[one] ?? '']
  }),
  edited('state and payment swapped', 'wrong', ({ enrolments }) => {
    const [one, other] = [column(enrolments, 'ETA_IAE'), column(enrolments, 'ETA_PMT_IAE')]
    for (const row of enrolments.rows) [row[one], row[other]] = [row[other] ?? '', row[one] ?? '']
  }),
  edited('rows lost', 'wrong', (sheets, draw) => {
    const sheet = sheets[which(draw)]
    sheet.rows = someOf(sheet.rows, draw.below(100) / 100, draw)
  }),
  edited('no row at all: a right was lost, and the query has succeeded', 'wrong', (sheets, draw) => {
    const sheet = draw.among({ people: 1, enrolments: 1, both: 1 })
    if (sheet !== 'enrolments') sheets.people.rows = []
    if (sheet !== 'people') sheets.enrolments.rows = []
  }),
  edited('one year alone', 'wrong', ({ enrolments }, draw) => {
    const at = column(enrolments, 'COD_ANU')
    const year = draw.pick(['2025', '2026', '2019'])
    enrolments.rows = enrolments.rows.filter((row) => row[at] === year)
  }),
  edited('another year in each row', 'wrong', ({ enrolments }, draw) => {
    const at = column(enrolments, 'COD_ANU')
    const year = draw.pick(['2019', '2025', '2027', '0000', 'abcd'])
    for (const row of enrolments.rows) row[at] = year
  }),
  edited('an encoding that it has not', 'wrong', (sheets, draw) => {
    sheets.written = draw.pick(['UTF-8', 'ISO-8859-1', 'ISO-8859-15', 'Windows-1252'] as const)
    sheets.manifest.encoding = draw.pick(['UTF-8', 'ISO-8859-1', 'ISO-8859-15', 'Windows-1252', 'EBCDIC', ''])
  }),
  edited('quotes lost', 'wrong', (sheets, draw) => {
    sheets.quotes = 'none'
    const { rows } = sheets.people
    for (const row of someOf(rows, 0.2, draw))
      row[draw.below(row.length)] = draw.pick(['a;b', 'a"b', '"', 'a\nb'])
  }),
  edited('another separator', 'wrong', (sheets, draw) => {
    sheets.separator = draw.pick([',', '\t', '|'])
  }),
  edited('the header lost', 'wrong', (sheets, draw) => {
    const sheet = sheets[which(draw)]
    sheet.header = sheet.rows.shift() ?? []
  }),
  edited('a column lost', 'wrong', (sheets, draw) => {
    const sheet = sheets[which(draw)]
    const at = draw.below(sheet.header.length)
    for (const row of [sheet.header, ...sheet.rows]) row.splice(at, 1)
  }),
  edited('numbers garbled', 'wrong', (sheets, draw) => {
    const sheet = sheets[which(draw)]
    const at = column(sheet, 'COD_ETU')
    for (const row of someOf(sheet.rows, draw.below(100) / 100, draw))
      row[at] = draw.pick([
        '',
        'ABC',
        String(draw.below(100_000_000)),
        `${row[at] ?? ''}0`,
        ` ${row[at] ?? ''}`,
      ])
  }),
  edited('states that nobody knows', 'wrong', (sheets, draw) => {
    setState(
      sheets,
      someOf(sheets.enrolments.rows, draw.below(100) / 100, draw),
      draw.pick(['', 'X', 'e', 'EE', 'P']),
    )
  }),
  edited('an older snapshot', 'wrong', ({ manifest }, draw) => {
    if (draw.happens(0.5)) manifest.snapshot = draw.below(manifest.snapshot)
    else manifest.taken_at = '2026-01-01T00:00:00Z'
  }),
  edited('a manifest that says something else', 'wrong', (sheets, draw) => {
    const { manifest } = sheets
    const what = draw.pick(['years', 'none', 'kind', 'future', 'number'] as const)
    if (what === 'years')
      manifest.open_years = draw.pick([['2027'], ['2026', '2027'], ['2025'], ['20'], ['2026', '2026']])
    else if (what === 'none') manifest.open_years = []
    else if (what === 'kind') manifest.kind = 'other'
    else if (what === 'future') manifest.taken_at = '2031-01-01T00:00:00Z'
    else manifest.snapshot = -1
  }),
  edited('everybody has cancelled at once', 'wrong', (sheets, draw) => {
    setState(
      sheets,
      someOf(sheets.enrolments.rows, 0.5 + draw.below(50) / 100, draw),
      draw.pick(['A', 'R', 'C']),
    )
  }),
  edited('some have cancelled', 'told', (sheets, draw) => {
    setState(sheets, someOf(sheets.enrolments.rows, 0.02, draw).slice(0, 10), draw.pick(['A', 'R']))
  }),
  edited('rows in another order, and twice', 'harmless', (sheets, draw) => {
    const sheet = sheets[which(draw)]
    sheet.rows = sheet.rows
      .map((row) => ({ row, at: draw.below(1_000_000) }))
      .sort((a, b) => a.at - b.at)
      .map(({ row }) => row)
  }),
  edited('columns in another order, and more of them', 'harmless', (sheets, draw) => {
    const sheet = sheets[which(draw)]
    const at = draw.below(sheet.header.length)
    for (const [index, row] of [sheet.header, ...sheet.rows].entries())
      row.splice(at, 0, index === 0 ? 'LIB_AUTRE' : 'x;"y"')
  }),
  edited('quotes, line ends and a mark', 'harmless', (sheets, draw) => {
    sheets.quotes = draw.pick(['needed', 'all'] as const)
    sheets.lineEnd = draw.pick(['\n', '\r\n'])
    sheets.written = 'UTF-8'
    sheets.manifest.encoding = 'UTF-8'
    sheets.mark = draw.happens(0.5)
  }),
]
