import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'ldapts'
import { expect } from 'vitest'
import { generateUniversity, openYearOn } from '../../demo/generate.ts'
import { writeDrop } from '../../demo/generate-drop.ts'
import type { StudentRecord } from '../../domain/person.ts'
import { parisDay } from '../../domain/paris.ts'
import { eventually } from '../run/eventually.ts'
import { runMatricule, type Ports } from '../run/matricule.ts'

/** Where the story is told: addresses of real parts. */
export interface Stage {
  readonly page: string
  readonly inbox: string
  readonly directories: readonly Directory[]
  /** The folder of the drop. */
  readonly drop: string
  /** Runs a command as an operator would. */
  command(...args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }>
}

export interface Directory {
  readonly name: string
  /** Whether a password opens the account of a student. */
  opens(number: string, password: string): Promise<boolean>
}

/** The stage of a running `matricule up` on these ports. */
export function stageOf(ports: Ports, home = ''): Stage {
  const directory = (name: string, port: number, base: string): Directory => ({
    name,
    opens: (number, password) => opens(`ldap://127.0.0.1:${port}`, `uid=${number},${base}`, password),
  })
  return {
    page: `http://127.0.0.1:${ports.page}`,
    inbox: `http://127.0.0.1:${ports.inbox}`,
    drop: join(home, 'drop'),
    directories: [
      directory('primary', ports.primary, 'ou=people,dc=sorbonne-universite,dc=fr'),
      directory('paris-sorbonne', ports.parisSorbonne, 'ou=people,dc=paris-sorbonne,dc=fr'),
      directory('upmc', ports.upmc, 'ou=People,dc=upmc,dc=fr'),
    ],
    command: (...args) => runMatricule(args, { MATRICULE_HOME: home }),
  }
}

export const ada = { number: '21100001', address: 'ada@example.org' }

/** A letter to an address with a subject, once it has come. */
export async function letterTo(stage: Stage, address: string, subject: string, after = 0): Promise<string> {
  return eventually(`a letter « ${subject} » to ${address}`, async () => {
    const found = (await (await fetch(`${stage.inbox}/api/v1/search?query=to:${address}`)).json()) as {
      messages: { ID: string; Subject: string }[]
    }
    const letters = found.messages.filter((message) => message.Subject === subject)
    const newest = letters.length > after ? letters[0] : undefined
    if (newest === undefined) return null
    const message = (await (await fetch(`${stage.inbox}/api/v1/message/${newest.ID}`)).json()) as {
      Text: string
    }
    return message.Text
  })
}

export const subjects = {
  invitation: 'Activation de votre compte à Sorbonne Université.',
  reset: 'Réinitialisation de votre mot de passe Sorbonne Université',
  ready: 'Votre compte Sorbonne Université est prêt',
}

/** The activation key of an invitation. */
export function keyOf(letter: string): string {
  const [, key = ''] = /Clef d'activation : ([A-Z0-9]{12})$/m.exec(letter) ?? []
  expect(key).toMatch(/^[A-Z2-9]{12}$/)
  return key
}

/** The token of a reset letter. */
export function tokenOf(letter: string, stage: Stage): string {
  const [, base = '', token = ''] =
    /^(\S+)\/creation-motdepasse\/#\/reinitmdp-token\?token=([0-9A-Za-z]{30})$/m.exec(letter) ?? []
  expect(base).toBe(stage.page)
  return token
}

export async function call(
  stage: Stage,
  path: string,
  body: unknown,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${stage.page}/creation-motdepasse/api${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

async function opens(url: string, dn: string, password: string): Promise<boolean> {
  const client = new Client({ url, timeout: 10_000, connectTimeout: 10_000 })
  try {
    await client.bind(dn, password)
    return true
  } catch (error) {
    if ((error as { code?: number }).code === 49) return false
    throw error
  } finally {
    await client.unbind()
  }
}

/** Waits until a password opens the account in every directory, or in none. */
export async function everywhere(
  stage: Stage,
  number: string,
  password: string,
  expected: boolean,
): Promise<void> {
  for (const directory of stage.directories) {
    await eventually(
      `${directory.name}: the password ${expected ? 'opens' : 'is dead'}`,
      async () => (await directory.opens(number, password)) === expected,
    )
  }
}

/** The next snapshot of the same university, with one record changed. */
export async function nextSnapshot(
  stage: Stage,
  change: (record: StudentRecord) => StudentRecord,
): Promise<void> {
  const manifest = JSON.parse(await readFile(join(stage.drop, 'manifest.json'), 'utf8')) as {
    snapshot: number
  }
  const now = new Date()
  const today = parisDay(now)
  const records = generateUniversity({ students: 300, seed: 'demonstration', today })
  await writeDrop(
    stage.drop,
    records.map((record) => (record.person.number === ada.number ? change(record) : record)),
    { snapshot: manifest.snapshot + 1, takenAt: now, openYears: [openYearOn(today)] },
  )
}
