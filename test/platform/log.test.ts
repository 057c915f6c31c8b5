import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IdentityError } from '../../platform/error.ts'
import { createLog, silentLog, type LogLevel } from '../../platform/log.ts'

function record(level: LogLevel = 'debug') {
  const lines: string[] = []
  const log = createLog({ level, destination: { write: (line: string) => void lines.push(line) } })
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown> }
}

test('a line is one JSON object with its level, instant, service, event and facts', () => {
  const { log, lines, last } = record()
  log.info('pass.done', { target: 'upmc', changes: 3, msg: 'done' })
  expect(last()).toMatchObject({
    level: 'info',
    service: 'matricule',
    event: 'pass.done',
    target: 'upmc',
    changes: 3,
  })
  expect(last()['time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  expect(lines).toHaveLength(1)
  log.child({ target: 'primary' }).warn('pass.slow')
  expect(last()).toMatchObject({ level: 'warn', event: 'pass.slow', target: 'primary' })
})

test('what is below the level is not written', () => {
  const { log, lines } = record('warn')
  log.debug('a')
  log.info('b')
  log.warn('c')
  expect(lines).toHaveLength(1)
  silentLog.child({}).error('nothing', {}, new Error('x'))
})

test('a value under a key that names a secret is never written, however deep', () => {
  const names = fc.constantFrom(
    'password',
    'userPassword',
    'Authorization',
    'set-cookie',
    'master_key',
    'resetToken',
    'secrets',
  )
  const path = fc.array(fc.constantFrom('a', 'b'), { maxLength: 3 })
  fc.assert(
    fc.property(
      names,
      path,
      fc.constantFrom('hunter2', ['hunter2'], { x: 'hunter2' }),
      (name, groups, value) => {
        const { log, lines } = record()
        const facts = groups.reduce<Record<string, unknown>>((inner, group) => ({ [group]: inner }), {
          [name]: value,
        })
        log.info('x', facts)
        log.child(facts).info('x')
        expect(lines.join('')).not.toContain('hunter2')
        expect(lines.join('')).toContain('[redacted]')
      },
    ),
  )
})

test('names of attributes, states and counts are no secrets', () => {
  const { log, last } = record()
  log.info('x', { attributes: ['userPassword'], key_state: 'used', keys: 4, token: null })
  expect(last()).toMatchObject({ attributes: ['userPassword'], key_state: 'used', keys: 4, token: null })
})

test('an error is told with its code and causes, without credentials in addresses', () => {
  const { log, lines, last } = record()
  const cause = new Error('connect postgres://matricule:hunter2@db.example.org/x failed, token=hunter2')
  log.error(
    'registry.lost',
    {},
    new IdentityError('REGISTRY_FAILED', 'lost', { cause, details: { password: 'hunter2', n: 1 } }),
  )
  expect(last()['error']).toMatchObject({
    code: 'REGISTRY_FAILED',
    transient: false,
    details: { password: '[redacted]', n: 1 },
    cause: { message: 'connect postgres://[redacted]@db.example.org/x failed, token=[redacted]' },
  })
  log.error('odd', {}, 'hello')
  expect(last()['error']).toEqual({ message: 'hello' })
  expect(lines.join('')).not.toContain('hunter2')
})

test('what cannot be JSON does not stop the log', () => {
  const { log, last } = record()
  const loop: Record<string, unknown> = { big: 1n, bytes: Buffer.from('abc'), when: new Date(Number.NaN) }
  loop['self'] = loop
  log.info('x', loop)
  expect(last()).toMatchObject({ big: '1', bytes: '[3 bytes]', when: null })
})
