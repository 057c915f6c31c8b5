import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { createMetrics } from '../../platform/metrics.ts'
import { packageRoot } from '../../platform/root.ts'
import { promtool } from '../run/servers/promtool.ts'

const rules = join(packageRoot, 'docker', 'prometheus', 'alerts.yml')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'matricule-alerts-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('every metric that an alert looks at is one of ours', async () => {
  const known = await createMetrics('test').text()
  for (const [name] of readFileSync(rules, 'utf8').matchAll(/\bmatricule_[a-z_]+/g))
    expect(known).toContain(`# TYPE ${name} `)
})

/** Values of one series, a minute apart. */
const series = (name: string, labels: string, values: string) => ({ series: `${name}{${labels}}`, values })
const result = (target: string, is: string, values: string, instance = 'daemon-1') =>
  series('matricule_canary_result', `target="${target}",result="${is}",instance="${instance}"`, values)

test('the alerts of the canary go off when they must, and not before', async () => {
  const raised = (minute: number, alertname: string, ...labels: Record<string, string>[]) => ({
    eval_time: `${minute}m`,
    alertname,
    exp_alerts: labels.map((each) => ({ exp_labels: each })),
  })
  const critical = (target: string) => ({ severity: 'critical', target })
  const silent = 'matricule_canary_last_success_timestamp_seconds'
  const tests = {
    rule_files: [rules],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: [
          result('primary', 'open', '0 0 0 0 0 1 1 1 1 1 0 0'),
          // Refused once, and in two tries; told by another daemon from the fourth minute of it.
          result('paris-sorbonne', 'refused', '0 1x4 0x10'),
          result('upmc', 'refused', '0 1x3 _x20'),
          result('upmc', 'refused', '_ _ _ _ _ 1x20', 'daemon-2'),
          // Succeeded at the start, and again when half an hour was over; the others all the while.
          series(silent, 'target="primary",instance="daemon-1"', '0x34 2040x10'),
          series(silent, 'target="upmc",instance="daemon-1"', '0+60x44'),
        ],
        alert_rule_test: [
          raised(4, 'MatriculeDirectoryOpen'),
          raised(5, 'MatriculeDirectoryOpen', critical('primary')),
          raised(10, 'MatriculeDirectoryOpen'),
          raised(6, 'MatriculePasswordRefused'),
          raised(8, 'MatriculePasswordRefused', critical('upmc')),
          raised(30, 'MatriculeCanarySilent'),
          raised(31, 'MatriculeCanarySilent', { severity: 'warning', target: 'primary' }),
          raised(35, 'MatriculeCanarySilent'),
        ],
      },
    ],
  }
  // What an alert says is not looked at here: it must stand there all the same.
  const bare = readFileSync(rules, 'utf8').replace(/^ +annotations:\n( {10,}.*\n)+/gm, '')
  expect(bare).not.toContain('summary')
  await writeFile(join(folder, 'alerts.yml'), bare)
  await writeFile(join(folder, 'alerts.test.yml'), stringify({ ...tests, rule_files: ['alerts.yml'] }))
  expect(await promtool(folder, 'test', 'rules', 'alerts.test.yml')).toContain('SUCCESS')
})
