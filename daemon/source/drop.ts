import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Snapshot } from '../../domain/snapshot.ts'
import { before } from '../../domain/year.ts'
import { asIdentityError, IdentityError } from '../../platform/error.ts'
import { enrolmentColumns, personColumns, type FileColumns } from './columns.ts'
import { readCsv, type OnRow } from './csv-file.ts'
import { gather, type Gathered } from './gathering.ts'
import {
  digestOf,
  enrolmentsFile,
  manifestFile,
  manifestFrom,
  maxManifestBytes,
  peopleFile,
  type Manifest,
} from './manifest.ts'
import { enrolmentFrom, personFrom } from './rows.ts'
import type { Source } from './source.ts'

export interface DropLimits {
  /** Share of rows that may be set aside, 0 to 1; above it the snapshot is refused. */
  readonly maxSetAsideShare: number
  /** Bytes in one file. */
  readonly maxFileBytes: number
  /** Bytes in one line. */
  readonly maxLineBytes: number
  /** The first year the source ever had (setting `year.first`): nothing is asked of the years before it. */
  readonly firstYear: string | null
}

export const defaultDropLimits: DropLimits = {
  maxSetAsideShare: 0.01,
  maxFileBytes: 512 * 1024 * 1024,
  maxLineBytes: 64 * 1024,
  firstYear: null,
}

/** A drop folder as a source. A poll that finds the manifest it read last reads nothing else. A refusal for good
 *  counts as read: the same bytes would be refused again. A transient one is tried again at the next poll. */
export function createDropSource({ path, limits }: { path: string; limits?: Partial<DropLimits> }): Source {
  let last: string | null = null
  return {
    describe: () => `drop folder ${path}`,
    async read({ signal, again = false } = {}) {
      const bytes = await manifestBytes(path, signal)
      const digest = digestOf(bytes)
      if (digest === last && !again) return null
      try {
        const snapshot = await readFiles(
          path,
          manifestFrom(bytes),
          { ...defaultDropLimits, ...limits },
          signal,
        )
        last = digest
        return snapshot
      } catch (error) {
        if (!signal?.aborted && !asIdentityError(error).transient) last = digest
        throw error
      }
    },
  }
}

/** Reads the drop in the folder `path` whole (contracts: the Apogée feed). Streams each file once, and returns
 *  only when every byte has been accounted for by the manifest. Throws an IdentityError `FEED_…`;
 *  an aborted read throws the reason of the signal. */
export async function readDrop(
  path: string,
  limits: Partial<DropLimits> = {},
  signal?: AbortSignal,
): Promise<Snapshot> {
  const manifest = manifestFrom(await manifestBytes(path, signal))
  return readFiles(path, manifest, { ...defaultDropLimits, ...limits }, signal)
}

async function readFiles(
  path: string,
  manifest: Manifest,
  limits: DropLimits,
  signal: AbortSignal | undefined,
): Promise<Snapshot> {
  const rows = manifest.files[peopleFile].rows + manifest.files[enrolmentsFile].rows
  const maxSetAside = Math.floor(rows * limits.maxSetAsideShare + 1e-9)
  const gathering = gather({ people: peopleFile, enrolments: enrolmentsFile }, maxSetAside + examples)

  const read = (
    name: typeof peopleFile | typeof enrolmentsFile,
    columns: FileColumns,
    onRow: OnRow,
  ): Promise<void> => {
    const { maxFileBytes, maxLineBytes } = limits
    const { encoding, files } = manifest
    const file = {
      path: join(path, name),
      encoding,
      columns,
      expected: files[name],
      maxFileBytes,
      maxLineBytes,
    }
    return readCsv(file, onRow, signal)
  }
  await read(peopleFile, personColumns, (row, positions, line) =>
    gathering.addPerson(row === null ? miscounted : personFrom(row, positions), line),
  )
  await read(enrolmentsFile, enrolmentColumns, (row, positions, line) =>
    gathering.addEnrolment(row === null ? miscounted : enrolmentFrom(row, positions), line),
  )
  await refuseIfReplaced(path, manifest, signal)
  const gathered = gathering.finish()
  judge(manifest, gathered, maxSetAside, limits)

  return {
    number: manifest.snapshot,
    takenAt: manifest.takenAt,
    kind: manifest.kind,
    openYears: manifest.openYears,
    digest: manifest.digest,
    students: gathered.students,
    setAside: gathered.setAside,
    rows,
  }
}

const miscounted = { reason: 'COLUMN_COUNT', number: null } as const

/** How many rows set aside are shown beside a refusal. */
const examples = 10

function judge(manifest: Manifest, gathered: Gathered, maxSetAside: number, limits: DropLimits): void {
  const rows = [manifest.files[peopleFile].rows, manifest.files[enrolmentsFile].rows] as const
  if (manifest.kind === 'full' && rows.includes(0)) {
    throw new IdentityError(
      'FEED_EMPTY',
      `a full snapshot with ${rows[0]} people and ${rows[1]} enrolments says nothing`,
    )
  }
  const { setAsideCount, setAsideReasons, setAside, years } = gathered
  if (setAsideCount > maxSetAside) {
    const reasons = Object.entries(setAsideReasons).map(([reason, count]) => `${reason} ${count}`)
    throw new IdentityError(
      'FEED_TOO_MANY_SET_ASIDE',
      `${setAsideCount} of ${rows[0] + rows[1]} rows cannot be read, ${maxSetAside} are tolerated (${reasons.join(', ')})`,
      {
        details: {
          reasons: setAsideReasons,
          examples: setAside.slice(0, examples).map(({ file, line, reason }) => ({ file, line, reason })),
        },
      },
    )
  }
  const [earliest] = manifest.openYears
  if (manifest.kind !== 'full' || earliest === undefined) return
  const needed = before(earliest)
  if (!years.has(needed) && (limits.firstYear === null || needed >= limits.firstYear)) {
    throw new IdentityError(
      'FEED_INCOMPLETE',
      `${enrolmentsFile} holds no enrolment of ${needed}, the year before the open one`,
      { details: { year: needed, years: [...years].sort().slice(0, examples) } },
    )
  }
}

/** Files replaced while they were read would be two snapshots in one. */
async function refuseIfReplaced(
  path: string,
  manifest: Manifest,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (digestOf(await manifestBytes(path, signal)) === manifest.digest) return
  throw new IdentityError(
    'FEED_MISMATCH',
    `${manifestFile} was replaced while snapshot ${manifest.snapshot} was read`,
    {
      transient: true,
    },
  )
}

/** The bytes of the manifest, one more than allowed at most. */
async function manifestBytes(path: string, signal: AbortSignal | undefined): Promise<Buffer> {
  signal?.throwIfAborted()
  const file = join(path, manifestFile)
  try {
    if (!(await stat(file)).isFile()) throw new Error('not a regular file')
    await using handle = await open(file)
    const bytes = Buffer.allocUnsafe(maxManifestBytes + 1)
    let length = 0
    for (;;) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length)
      length += bytesRead
      if (bytesRead === 0) return bytes.subarray(0, length)
    }
  } catch (cause) {
    throw new IdentityError('FEED_MISSING', `there is no readable ${manifestFile} in ${path}`, {
      cause,
      transient: true,
    })
  }
}
