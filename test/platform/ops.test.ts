import { createServer } from 'node:net'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { silentLog } from '../../platform/log.ts'
import { createMetrics } from '../../platform/metrics.ts'
import { createOps, portBusy, type Readiness } from '../../platform/ops.ts'

const here = { host: '127.0.0.1', port: 0 }

test('every metric of the contract is there once, with its labels', async () => {
  const metrics = createMetrics('1.2.3')
  metrics.promises.inc({ kind: 'letter', target: '', result: 'kept' })
  metrics.ldapRequests.inc({ operation: 'bind', result: '0' })
  const text = await metrics.text()
  const names = [...text.matchAll(/^# TYPE (matricule_\S+)/gm)].map((match) => match[1]).sort()
  expect(names).toEqual(
    `matricule_promise_total matricule_students matricule_promise_oldest_pending_seconds
     matricule_password_effective_seconds matricule_account_ready_seconds matricule_target_up matricule_target_circuit
     matricule_target_last_settled_timestamp_seconds matricule_target_unsettled matricule_changes_total
     matricule_plan_held matricule_drift_entries matricule_feed_last_accepted_timestamp_seconds matricule_feed_rows
     matricule_feed_refused_total matricule_letters_total matricule_bounces_total matricule_activations_total matricule_reset_requests_total
     matricule_resets_total matricule_keys_revealed_total matricule_shared_address_students
     matricule_ldap_requests_total matricule_leader matricule_requests_counted_total matricule_build_info
     matricule_canary_result matricule_canary_last_success_timestamp_seconds matricule_canary_bind_seconds
     matricule_canary_effective_seconds`
      .split(/\s+/)
      .sort(),
  )
  expect(text).toContain('matricule_build_info{version="1.2.3"} 1')
  expect(text).toContain('matricule_promise_total{kind="letter",target="",result="kept"} 1')
  expect(text).toContain('process_cpu_seconds_total')
})

test('a promise is a bucket, so that the share kept is exact', async () => {
  const metrics = createMetrics('1')
  metrics.passwordEffective.observe({ target: 'upmc' }, 3_600)
  metrics.accountReady.observe({ target: 'upmc' }, 172_801)
  const text = await metrics.text()
  expect(text).toContain('matricule_password_effective_seconds_bucket{le="3600",target="upmc"} 1')
  expect(text).toContain('matricule_account_ready_seconds_bucket{le="172800",target="upmc"} 0')
})

test('gauges are filled when read, and one that fails hides no other', async () => {
  const metrics = createMetrics('1')
  metrics.onRead(() => Promise.reject(new Error('registry down')))
  metrics.onRead(() => {
    metrics.students.set({ state: 'active' }, 7)
    return Promise.resolve()
  })
  expect(await metrics.text()).toContain('matricule_students{state="active"} 7')
})

test('it is healthy as soon as it listens, and ready once nothing is awaited', async () => {
  let state: Readiness = { ready: false, awaited: ['primary', 'feed'] }
  const ops = createOps({ metrics: createMetrics('1'), ready: () => state, log: silentLog })
  const { port } = await ops.listen(here)
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`)
  try {
    expect((await get('/healthz')).status).toBe(200)
    const waiting = await get('/readyz')
    expect(waiting.status).toBe(503)
    expect(await waiting.json()).toEqual({ ready: false, awaited: ['primary', 'feed'] })
    state = { ready: true }
    expect((await get('/readyz')).status).toBe(200)
    const metrics = await get('/metrics')
    expect(metrics.headers.get('content-type')).toContain('text/plain; version=0.0.4')
    expect(await metrics.text()).toContain('matricule_build_info')
    expect((await get('/nothing')).status).toBe(404)
  } finally {
    await ops.close()
  }
})

test('a readiness that cannot be told is not ready, and says nothing of the error', async () => {
  const ready = () => Promise.reject(new Error('postgres://user:hunter2@db'))
  const ops = createOps({ metrics: createMetrics('1'), ready, log: silentLog })
  const { port } = await ops.listen(here)
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`)
    expect(answer.status).toBe(503)
    expect(await answer.text()).not.toContain('hunter2')
  } finally {
    await ops.close()
  }
})

test('a busy port is told in one sentence that names the setting', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as { port: number }
  const ops = createOps({ metrics: createMetrics('1'), ready: () => ({ ready: true }), log: silentLog })
  try {
    await expect(ops.listen({ host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'PORT_BUSY',
      message: `Port ${port} is in use by another program: set ops.port (or MATRICULE_OPS_PORT) to another port.`,
    })
  } finally {
    await ops.close()
    taken.close()
  }
})

test('other failures to listen keep their own meaning', () => {
  const failed = (code: string) =>
    portBusy('ldap.paris_sorbonne.port', 389, Object.assign(new Error(code), { code }))
  expect(failed('EACCES')).toMatchObject({
    code: 'SETTINGS_INVALID',
    message: expect.stringContaining('MATRICULE_LDAP_PARIS_SORBONNE_PORT') as string,
  })
  expect(failed('EADDRNOTAVAIL').message).toContain('ldap.paris_sorbonne.host')
  expect(failed('EMFILE').code).toBe('UNEXPECTED')
})
