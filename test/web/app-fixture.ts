import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededChance } from '../../platform/chance.ts'
import { systemClock } from '../../platform/clock.ts'
import { IdentityError, type ErrorCode, type ErrorFacts } from '../../platform/error.ts'
import { createApp } from '../../web/app.ts'
import type { Flows, Progress } from '../../web/flows.ts'
import type { AppConfig, AppOptions } from '../../web/options.ts'

export const api = '/creation-motdepasse/api'
export const token = '4fJ0cQ7ZkVb2Xh9LrT1mWnE8sDyA6u'
export const password = 'le tilleul penche vers la rivière'

export const pending: Progress = {
  login: '21100001',
  mail: 'ada.lovelace@etu.sorbonne-universite.fr',
  can_sign_in: true,
  steps: [
    {
      target: 'primary',
      state: 'done',
      started: '2026-09-14T09:30:00.000Z',
      due: '2026-09-16T09:30:00.000Z',
      at: '2026-09-14T09:30:02.000Z',
    },
    {
      target: 'upmc',
      state: 'pending',
      started: '2026-09-14T09:30:00.000Z',
      due: '2026-09-16T09:30:00.000Z',
      at: null,
    },
  ],
}
export const done: Progress = { ...pending, steps: pending.steps.slice(0, 1) }

/** Flows for which everything is right, and the calls they were given. */
export interface Script {
  flows: Flows
  calls: { act: string; input: unknown }[]
  /** From now on this act fails. */
  fail(act: keyof Flows, code: ErrorCode, facts?: ErrorFacts): void
  throwing(act: keyof Flows, thrown: unknown): void
  /** From now on this act waits, until what is given back is called. */
  hold(act: keyof Flows): () => void
  /** From now on this act does what it should again. */
  mend(act: keyof Flows): void
  progress: Progress
}

export function script(): Script {
  const failures = new Map<string, unknown>()
  const waits = new Map<string, Promise<undefined>>()
  const told: Script = {
    calls: [],
    progress: pending,
    fail: (act, code, facts) => failures.set(act, new IdentityError(code, 'inner words of Ada', facts)),
    throwing: (act, thrown) => failures.set(act, thrown),
    hold: (act) => {
      const { promise, resolve } = Promise.withResolvers<undefined>()
      waits.set(act, promise)
      return () => {
        waits.delete(act)
        resolve(undefined)
      }
    },
    mend: (act) => failures.delete(act),
    flows: {
      verifyKey: act('verifyKey', () => ({ context: 'seen' })),
      activate: act('activate', () => ({
        login: '21100001',
        mail: 'ada.lovelace@etu.sorbonne-universite.fr',
        progress: 'h2Jk9sPqW4',
        personal_address: 'ada@example.org',
      })),
      requestReset: act('requestReset', () => undefined),
      verifyToken: act('verifyToken', () => ({ context: 'seen' })),
      reset: act('reset', () => ({ login: '21100001', progress: 'h2Jk9sPqW4' })),
      judge: act('judge', () => ({ score: 1, acceptable: false, reasons: ['TOO_SHORT'] })),
      progress: act('progress', () => told.progress),
    },
  }
  function act<Output>(name: string, answer: () => Output): (input: unknown) => Promise<Output> {
    return async (input) => {
      told.calls.push({ act: name, input })
      await waits.get(name)
      if (failures.has(name)) throw failures.get(name)
      return answer()
    }
  }
  return told
}

/** A log that keeps its lines. */
export function keptLog() {
  const lines: { level: string; event: string; facts: Record<string, unknown> | undefined }[] = []
  const keep = (level: string) => (event: string, facts?: Record<string, unknown>) => {
    lines.push({ level, event, facts })
  }
  return { lines, info: keep('info'), warn: keep('warn'), error: keep('error') }
}

/** A small built page. */
export function pageFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'matricule-page-'))
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Votre identité numérique</title>')
  writeFileSync(join(folder, 'assets', 'page-1a2b3c.js'), 'export {}\n')
  writeFileSync(join(folder, '.hidden'), 'no')
  return { folder, remove: () => rmSync(folder, { recursive: true }) }
}

export function config(more: Partial<AppConfig> = {}): AppConfig {
  return {
    baseUrl: 'https://compte.example.fr',
    trustProxy: false,
    asksBirthDate: false,
    ownDomains: ['sorbonne-universite.fr', 'upmc.fr'],
    links: {
      webmail: 'https://zcs.example.fr',
      ent: null,
      ent_upmc: null,
      cas: null,
      services: ['https://moodle.example.fr/'],
    },
    contacts: [{ name_fr: 'Faculté des Lettres', name_en: 'Faculty of Arts', contact: 'aide@example.fr' }],
    requestsPerMinute: 100_000,
    judgementsPerMinute: 100_000,
    pageFolder: '/nowhere',
    ...more,
  }
}

/** An app over a script, closed by `await using`. */
export async function appOver(more: Partial<AppConfig> = {}, options: Partial<AppOptions> = {}) {
  const told = script()
  const log = keptLog()
  const app = await createApp({
    flows: told.flows,
    config: config(more),
    log,
    clock: systemClock,
    chance: seededChance('app'),
    ...options,
  })
  return {
    app,
    told,
    log,
    post: (path: string, body: unknown, headers: Record<string, string> = {}) =>
      app.inject({
        method: 'POST',
        url: api + path,
        headers: { 'content-type': 'application/json', ...headers },
        payload: typeof body === 'string' || body instanceof Buffer ? body : JSON.stringify(body),
      }),
    [Symbol.asyncDispose]: () => app.close(),
  }
}
