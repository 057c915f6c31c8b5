import { expect, test } from 'vitest'
import { allowedService, wayTo } from '../../../web/page/service.ts'

const allowed = ['https://moodle.example.fr/', 'https://app.example.fr/bibliotheque']
const asked = (service: string) =>
  allowedService(`?service=${encodeURIComponent(service)}`, allowed)?.href ?? null

test('an allowed address opens itself and what lies below it', () => {
  for (const service of [
    'https://moodle.example.fr/',
    'https://moodle.example.fr/cours/42?lang=fr',
    'https://app.example.fr/bibliotheque',
    'https://app.example.fr/bibliotheque/prets',
  ])
    expect(asked(service)).toBe(service)
})

test('nothing else is followed, however it is spelt', () => {
  for (const service of [
    '',
    'moodle.example.fr',
    '//moodle.example.fr/',
    'http://moodle.example.fr/',
    'https://moodle.example.fr:8443/',
    'https://moodle.example.fr.evil.example/',
    'https://moodle.example.fr@evil.example/',
    'https://ada@moodle.example.fr/',
    'https://evil.example/?https://moodle.example.fr/',
    'https://evil.example\\@moodle.example.fr/',
    'https://app.example.fr/bibliotheque-2',
    'https://app.example.fr/bibliotheque/../admin',
    'https://app.example.fr/bibliotheque/%2e%2e/admin',
    'https://app.example.fr/',
    'javascript:alert(1)//https://moodle.example.fr/',
    'data:text/html,moodle.example.fr',
  ])
    expect(asked(service), service).toBeNull()
  expect(allowedService('?service=https://moodle.example.fr/', [])).toBeNull()
  expect(allowedService('', allowed)).toBeNull()
})

test('the way there is by the sign-in, where there is one', () => {
  const service = new URL('https://moodle.example.fr/cours?id=4&lang=fr')
  expect(wayTo(service, null)).toBe(service.href)
  const way = new URL(wayTo(service, 'https://cas.example.fr/login?locale=fr'))
  expect(way.origin + way.pathname).toBe('https://cas.example.fr/login')
  expect(Object.fromEntries(way.searchParams)).toEqual({ locale: 'fr', service: service.href })
})
