import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { pass } from '../../../daemon/pass.ts'
import { answerWishes } from '../../../daemon/read-again.ts'
import { staffActs } from '../../../domain/staff.ts'
import { createFlows } from '../../../web/flow/flows.ts'
import { activate, keyFor, passOver, passwords, post, settleAll, settled } from '../../run/acts.ts'
import { openDesk, type OpenDesk, type Visitor } from '../../run/desk.ts'
import { hour, minute } from '../../run/moved-clock.ts'
import { crowd, enrolled, enrolment, freshNumber, person } from '../../run/people.ts'
import { openStage, type Stage } from '../../run/stage.ts'

let stage: Stage
let desk: OpenDesk
beforeAll(async () => {
  stage = await openStage()
  desk = await openDesk(stage, { rules: { revealsPerHour: 3, resendsPerHour: 2 } })
})
afterAll(async () => {
  await desk[Symbol.asyncDispose]()
  await stage[Symbol.asyncDispose]()
})

let support: Visitor
beforeEach(async () => {
  await stage.afresh()
  support = await desk.as('support')
})

const seen = { reason: 'courriel jamais reçu, carte vue', identity_checked: true }
const addressOf = (number: string) => `p${number}@example.org`
const subjectsTo = (number: string) => stage.mail.to(addressOf(number)).map(({ subject }) => subject)
const acts = (number: string) =>
  stage.rooms.registry.db
    .selectFrom('audit')
    .select(['actor', 'action', 'facts'])
    .where('number', '=', number)
    .orderBy('id')
    .execute()

async function invited(facts: Parameters<typeof enrolled>[1] = {}): Promise<string> {
  const number = freshNumber()
  await passOver(stage, [enrolled(number, facts)])
  await post(stage)
  return number
}

describe('who may do what', () => {
  const routes = [
    ['GET', '/students?query=love', 'read'],
    ['GET', '/students/21100001', 'read'],
    ['POST', '/students/21100001/key/reveal', 'key'],
    ['POST', '/students/21100001/key/replace', 'key'],
    ['POST', '/students/21100001/new-address', 'address'],
    ['POST', '/students/21100001/lock', 'lock'],
    ['POST', '/students/21100001/unlock', 'lock'],
    ['POST', '/letters/6f9619ff-8b86-4d01-b42d-00cf4fc964ff/resend', 'resend'],
    ['GET', '/lists/shared-addresses', 'lists'],
    ['GET', '/lists/invalid-addresses', 'lists'],
    ['GET', '/lists/set-aside', 'faults'],
    ['GET', '/lists/conflicts', 'faults'],
    ['GET', '/plans', 'plans'],
    ['GET', '/plans/0123456789abcdef', 'plans'],
    ['POST', '/plans', 'plans'],
    ['GET', '/funnel', 'funnel'],
    ['GET', '/audit', 'audit'],
  ] as const
  const body = (path: string) =>
    path.endsWith('/plans')
      ? { digest: '0123456789abcdef' }
      : path.endsWith('reveal')
        ? seen
        : path.endsWith('/lock') || path.endsWith('/new-address')
          ? { reason: 'compromis' }
          : {}
  const ask = (staff: Visitor, method: string, path: string) =>
    method === 'GET' ? staff.get(path) : staff.post(path, body(path))

  test.each(['support', 'registrar', 'security', 'operator'] as const)('a %s', async (role) => {
    const staff = await desk.as(role)
    for (const [method, path, act] of routes) {
      const { status, body: told } = await ask(staff, method, path)
      const allowed = (staffActs[act] as readonly string[]).includes(role)
      if (allowed) expect([200, 404], `${method} ${path}`).toContain(status)
      else expect([status, told['code']], `${method} ${path}`).toEqual([403, 'ROLE_MISSING'])
    }
  })

  test('nobody who has not signed in learns anything', async () => {
    for (const [method, path] of [...routes, ['GET', '/session'], ['GET', '/openapi.json']] as const) {
      const { status, body: told } = await ask(desk.visitor(), method, path)
      expect([status, told['code']], path).toEqual([401, 'SIGN_IN_NEEDED'])
    }
  })
})

describe('no route sets a password', () => {
  test('there is none among all that there are, and none takes one', async () => {
    const { body } = await support.get('/openapi.json')
    const { paths } = body as unknown as { paths: Record<string, Record<string, { requestBody?: unknown }>> }
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace('/helpdesk/api', '')}`),
    )
    expect(described.sort()).toEqual(
      [
        'GET /session',
        'GET /students',
        'GET /students/{number}',
        'POST /students/{number}/key/reveal',
        'POST /students/{number}/key/replace',
        'POST /students/{number}/new-address',
        'POST /students/{number}/lock',
        'POST /students/{number}/unlock',
        'POST /letters/{id}/resend',
        'POST /students/{number}/read-again',
        'GET /lists/{name}',
        'GET /plans',
        'GET /plans/{digest}',
        'POST /plans',
        'GET /funnel',
        'GET /audit',
      ].sort(),
    )
    const bodies = Object.values(paths).flatMap((methods) =>
      Object.values(methods).map((each) => each.requestBody),
    )
    expect(JSON.stringify(bodies)).not.toMatch(/password|passe/i)
    // Every route of the process that changes something is one of these, or of the page, or of the sign-in.
    const posts = [...desk.routes.matchAll(/── (\S+) \([^)]*(?:POST|PUT|PATCH|DELETE)/g)].map(
      ([, path]) => path,
    )
    expect(posts.length).toBeGreaterThan(10)
    expect(desk.routes).not.toMatch(/PUT|PATCH|DELETE/)
  })

  test('each example of a request has the shape that is asked for', async () => {
    const { body } = await (await desk.as('support')).get('/openapi.json')
    const { paths } = body as unknown as {
      paths: Record<
        string,
        Record<string, { requestBody?: { content: Record<string, { example?: object }> } }>
      >
    }
    const staff = await Promise.all(['support', 'security', 'operator'].map((role) => desk.as(role)))
    const tried: string[] = []
    for (const [path, { post: call }] of Object.entries(paths)) {
      const example = call?.requestBody?.content['application/json']?.example
      if (example === undefined) continue
      const place = path.replace('/helpdesk/api', '').replace('{number}', freshNumber())
      const codes = await Promise.all(staff.map(async (one) => (await one.post(place, example)).body['code']))
      // Whoever may, is told that there is no such student or plan.
      expect(codes, path).toContainEqual(expect.stringMatching(/^(STUDENT|HOLD)_UNKNOWN$/))
      tried.push(place)
    }
    expect(tried.length).toBeGreaterThanOrEqual(6)
  })

  test('whatever is sent to any of them, the verifiers of a student stay as they are, or are destroyed by a lock', async () => {
    const number = freshNumber()
    await settled(stage, [enrolled(number)])
    const verifiers = () =>
      stage.rooms.registry.db.selectFrom('verifier').selectAll().where('number', '=', number).execute()
    const before = await verifiers()
    for (const role of ['support', 'registrar', 'security', 'operator']) {
      const staff = await desk.as(role)
      for (const path of [
        'key/reveal',
        'key/replace',
        'unlock',
        'read-again',
        'new-address',
        'password',
        'reset',
      ])
        for (const body of [
          { ...seen, password: passwords.second },
          { password: passwords.second },
          seen,
          {},
        ])
          await staff.post(`/students/${number}/${path}`, body)
      expect(await verifiers()).toEqual(before)
    }
    expect(await stage.bind(number, passwords.first)).toEqual([true, true, true])
    const security = await desk.as('security')
    await security.post(`/students/${number}/lock`, { reason: 'compromis', password: passwords.second })
    expect(await verifiers()).toEqual(before)
    await security.post(`/students/${number}/lock`, { reason: 'compromis' })
    expect(await verifiers()).toEqual([])
  }, 60_000)
})

describe('revealing a key', () => {
  test('shows it in groups of four, tells the student, and leaves who, why and which in the trail', async () => {
    const number = await invited()
    const key = await keyFor(stage, number)
    const { status, body } = await support.post(`/students/${number}/key/reveal`, seen)
    expect(status).toBe(200)
    expect(body).toEqual({
      number,
      key,
      groups: [key.slice(0, 4), key.slice(4, 8), key.slice(8)],
      version: 1,
    })
    await post(stage)
    const letter = stage.mail.to(addressOf(number)).at(-1)
    expect(letter?.subject).toBe(
      'Votre clef d’activation Sorbonne Université a été communiquée'.replace('’', "'"),
    )
    expect(letter?.text).not.toContain(key)
    expect((await acts(number)).at(-1)).toEqual({
      actor: 'support',
      action: 'key-revealed',
      facts: { version: 1, reason: seen.reason, identity_checked: true },
    })
    expect(JSON.stringify(await acts(number))).not.toContain(key)
    expect(JSON.stringify(desk.log.lines)).not.toContain(key)
    // The same key still works: it is shown, not replaced.
    await activate(stage, number)
  })

  test('without a reason and the tick that the identity was checked is refused, and nothing is told', async () => {
    const number = await invited()
    const key = await keyFor(stage, number)
    const before = await acts(number)
    for (const body of [
      { identity_checked: true },
      { reason: '  ', identity_checked: true },
      { reason: 'carte vue', identity_checked: false },
      { reason: 'carte vue' },
      { reason: 'carte vue', identity_checked: 'true' },
      { ...seen, also: 1 },
      [seen],
      undefined,
    ]) {
      const answer = await support.post(`/students/${number}/key/reveal`, body)
      expect([answer.status, answer.body['code']], JSON.stringify(body)).toEqual([400, 'REQUEST_INVALID'])
      expect(answer.text).not.toContain(key)
    }
    expect(await acts(number)).toEqual(before)
  })

  test('is refused while the address is shared, once the key is used, without a right, and under a lock', async () => {
    const [shared, twin, used, left, locked] = Array.from({ length: 5 }, freshNumber) as [
      string,
      string,
      string,
      string,
      string,
    ]
    const records = [
      enrolled(shared, { fixedAddress: 'famille@example.org' }),
      enrolled(twin, { fixedAddress: 'famille@example.org' }),
      enrolled(used),
      enrolled(left),
      enrolled(locked),
    ]
    await passOver(stage, records)
    await activate(stage, used)
    await passOver(
      stage,
      records.map((each) => (each.person.number === left ? enrolled(left, { state: 'A' }) : each)),
    )
    const security = await desk.as('security')
    await security.post(`/students/${locked}/lock`, { reason: 'compromis' })
    for (const [number, code] of [
      [shared, 'ADDRESS_SHARED'],
      [used, 'KEY_USED'],
      [left, 'RIGHT_MISSING'],
      [locked, 'ACCOUNT_LOCKED'],
    ] as const) {
      const { status, body } = await support.post(`/students/${number}/key/reveal`, seen)
      expect([status, body['code']]).toEqual([409, code])
    }
    const { status, body } = await support.post('/students/29999999/key/reveal', seen)
    expect([status, body['code']]).toEqual([404, 'STUDENT_UNKNOWN'])
  })

  test('is limited in the hour, for one person and across processes; what was refused is not counted', async () => {
    const records = crowd(6)
    const numbers = records.map((each) => each.person.number)
    await passOver(stage, records)
    for (let tries = 0; tries < 5; tries++)
      expect((await support.post('/students/29999999/key/reveal', seen)).status).toBe(404)
    const reveal = async (staff: Visitor, at: number) =>
      (await staff.post(`/students/${numbers[at] ?? ''}/key/reveal`, seen)).status
    expect([await reveal(support, 0), await reveal(support, 1), await reveal(support, 2)]).toEqual([
      200, 200, 200,
    ])
    const { status, body, headers } = await support.post(`/students/${numbers[3] ?? ''}/key/reveal`, seen)
    expect([status, body['code']]).toEqual([429, 'TOO_MANY_ATTEMPTS'])
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(3_000)

    await using second = await openDesk(stage, { rules: { revealsPerHour: 3 } })
    expect(await reveal(await second.as('support'), 4)).toBe(429)
    expect(await reveal(await second.as('support-lettres'), 4)).toBe(404)
    stage.clock.move(hour + minute)
    expect(await reveal(await second.as('support'), 4)).toBe(200)
  })
})

test('a replaced key opens nothing any more; the new one is mailed, and only a reveal shows it', async () => {
  const number = await invited()
  const former = await keyFor(stage, number)
  const { status, text, body } = await support.post(`/students/${number}/key/replace`, {
    reason: 'carte perdue',
  })
  expect([status, body]).toEqual([200, { number, version: 2, mailed: true }])
  const fresh = await keyFor(stage, number)
  expect(text).not.toContain(fresh)
  const input = { studentNumber: number, network: '192.0.2.9' }
  await expect(createFlows(stage.house).verifyKey({ ...input, key: former })).rejects.toMatchObject({
    code: 'KEY_REPLACED',
  })
  await post(stage)
  expect(stage.mail.to(addressOf(number)).at(-1)?.text).toContain(fresh)
  await pass(stage.rooms)
  await post(stage)
  expect(subjectsTo(number).filter((subject) => subject.startsWith('Activation'))).toHaveLength(2)
  await activate(stage, number)
})

describe('the call card', () => {
  test('has everything that a call needs, and neither key nor whole address', async () => {
    const number = await invited({ birthDate: '2006-12-10' })
    const { status, body, text } = await support.get(`/students/${number}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      number,
      why: expect.stringContaining("La clef d'activation a été envoyée") as string,
      next: { actor: 'student', contact: { contact: 'sci@example.fr' } },
      person: { family_name: 'LOVELACE', birth_date: '2006-12-10' },
      enrolments: [{ year: '2026', step: 'L1MATH', component: 'SCI' }],
      address: { state: 'usable', masked: 'p•••@e•••.org' },
      key: { state: 'waiting', version: 1 },
      letters: [{ kind: 'invitation', state: 'sent', resendable: true }],
      limits: { blocked_until: null },
      resets: [],
    })
    expect(text).not.toContain(await keyFor(stage, number))
    expect(text).not.toContain(addressOf(number))
  })

  test('tells what has been done since, in order', async () => {
    const number = await invited()
    await support.post(`/students/${number}/key/reveal`, seen)
    await activate(stage, number)
    const { body } = await support.get(`/students/${number}`)
    const { timeline } = body as unknown as { timeline: { at: string; what: string }[] }
    const told = timeline.map(({ what }) => what)
    expect(told).toContain('clef communiquée par la cellule support')
    expect(told.indexOf('compte activé par l’étudiant')).toBeGreaterThan(
      told.indexOf('clef communiquée par la cellule support'),
    )
    expect(body['targets']).toEqual({
      primary: { state: 'settled' },
      'paris-sorbonne': { state: 'settled' },
      upmc: { state: 'settled' },
    })
  })
})

test.each([
  ['a NUL', '\u0000'],
  ['half a sign', '\ud800'],
  ['a turn of the reading', '\u202e'],
])('%s is refused wherever staff type', async (_name, sign) => {
  const number = await invited()
  const [security, operator] = [await desk.as('security'), await desk.as('operator')]
  const typed = `carte${sign}vue`
  const queried = encodeURIComponent(typed.toWellFormed())
  const told = [
    await support.post(`/students/${number}/key/reveal`, { ...seen, reason: typed }),
    await support.post(`/students/${number}/key/replace`, { reason: typed }),
    await security.post(`/students/${number}/lock`, { reason: typed }),
    ...(typed.isWellFormed()
      ? [
          await support.get(`/students?query=${queried}`),
          await security.get(`/audit?actor=${queried}`),
          await operator.get(`/plans/0123456789abcdef?after=${queried}`),
        ]
      : []),
  ]
  for (const { status, body } of told) expect([status, body['code']]).toEqual([400, 'REQUEST_INVALID'])
  expect(await acts(number)).not.toContainEqual(expect.objectContaining({ actor: 'support' }))
})

test('students are found by number and by names, without accents, in any order', async () => {
  const number = freshNumber()
  await passOver(stage, [
    enrolled(number, { birthName: 'LEFÈVRE-D’ARC', firstName: 'ÉLÉONORE', usageName: 'Müller' }),
    ...crowd(3),
  ])
  for (const query of [
    number,
    number.slice(0, 7),
    'lefevre',
    'Éléonore',
    'eleo lefe',
    'muller',
    'arc eleonore',
  ]) {
    const { body } = await support.get(`/students?query=${encodeURIComponent(query)}`)
    const { students } = body as unknown as { students: { number: string }[] }
    expect(
      students.map((each) => each.number),
      query,
    ).toContain(number)
  }
  for (const query of ['%25', '__', 'lefevre zoé', "' or 1=1 --", '\\'.repeat(3)]) {
    const { status, body } = await support.get(`/students?query=${encodeURIComponent(query)}`)
    expect([status, body['students']], query).toEqual([200, []])
  }
  expect((await support.get('/students?query=a')).status).toBe(400)
})

describe('staff of one faculty', () => {
  test('see, change and list its students only, as if there were no others', async () => {
    const [theirs, other] = [freshNumber(), freshNumber()]
    const lettres = { person: person(theirs), enrolments: [enrolment(theirs, { component: 'LET' })] }
    await passOver(stage, [lettres, enrolled(other)])
    await post(stage)
    const staff = await desk.as('support-lettres')
    const found = (await staff.get('/students?query=lovelace')).body as unknown as {
      students: { number: string }[]
    }
    expect(found.students.map(({ number }) => number)).toEqual([theirs])
    expect((await staff.get(`/students/${theirs}`)).status).toBe(200)
    for (const answer of [
      await staff.get(`/students/${other}`),
      await staff.post(`/students/${other}/key/reveal`, seen),
      await staff.post(`/students/${other}/key/replace`, {}),
    ])
      expect([answer.status, answer.body['code']]).toEqual([404, 'STUDENT_UNKNOWN'])
    const card = (await support.get(`/students/${other}`)).body as unknown as { letters: { id: string }[] }
    const resend = await staff.post(`/letters/${card.letters[0]?.id ?? ''}/resend`)
    expect([resend.status, resend.body['code']]).toEqual([404, 'LETTER_UNKNOWN'])
    const { body } = await staff.get('/funnel')
    expect(body['components']).toMatchObject([{ component: 'LET', enrolled: 1, lettered: 1, activated: 0 }])
  })
})

describe('locking', () => {
  test('ends the password everywhere at once, and unlocking asks for a new one', async () => {
    const number = freshNumber()
    await settled(stage, [enrolled(number)])
    const security = await desk.as('security')
    const { status, body } = await security.post(`/students/${number}/lock`, { reason: 'compte compromis' })
    expect([status, body]).toEqual([200, { number, locked: true, changed: true }])
    await settleAll(stage)
    expect(await stage.bind(number, passwords.first)).toEqual([false, false, false])
    expect((await security.post(`/students/${number}/lock`, { reason: 'encore' })).body).toMatchObject({
      changed: false,
    })
    expect((await acts(number)).at(-1)).toMatchObject({ actor: 'security', action: 'locked' })
    expect((await security.post(`/students/${number}/unlock`)).body).toMatchObject({ changed: true })
    await post(stage)
    // Several leave at once, in no order.
    expect(subjectsTo(number)).toEqual(
      expect.arrayContaining([
        'Votre compte Sorbonne Université est verrouillé',
        'Réinitialisation de votre mot de passe Sorbonne Université',
      ]),
    )
    expect((await security.post(`/students/${number}/lock`, {})).status).toBe(400)
  })
})

describe('sending a letter again', () => {
  const letterOf = async (number: string, kind: string) => {
    const { letters } = (await support.get(`/students/${number}`)).body as unknown as {
      letters: { id: string; kind: string }[]
    }
    return letters.findLast((each) => each.kind === kind)?.id ?? ''
  }

  test('sends the key that waits now; a link is asked for anew; and only so often', async () => {
    const number = await invited()
    const id = await letterOf(number, 'invitation')
    const { status, body } = await support.post(`/letters/${id}/resend`, {})
    expect([status, body]).toEqual([202, { number, kind: 'invitation' }])
    await post(stage)
    expect(subjectsTo(number)).toHaveLength(2)
    expect(stage.mail.to(addressOf(number)).at(-1)?.text).toContain(await keyFor(stage, number))

    await activate(stage, number)
    const used = await support.post(`/letters/${id}/resend`)
    expect([used.status, used.body['code']]).toEqual([409, 'KEY_USED'])
    await createFlows(stage.house).requestReset({ email: addressOf(number), network: '192.0.2.1' })
    await post(stage)
    const link = await letterOf(number, 'reset')
    expect((await support.post(`/letters/${link}/resend`)).status).toBe(202)
    await post(stage)
    const links = stage.mail
      .to(addressOf(number))
      .flatMap(({ text }) => /token=(\w{30})/.exec(text)?.[1] ?? [])
    expect(new Set(links).size).toBe(2)
    expect((await support.post(`/letters/${link}/resend`)).status).toBe(429)
    expect((await acts(number)).map(({ action }) => action)).toEqual(
      expect.arrayContaining(['letter-resent', 'reset-offered']) as string[],
    )
  })

  test('never sends a link that has run out, nor what is not true any more', async () => {
    const number = await invited()
    const { progress } = await activate(stage, number)
    await post(stage)
    const received = await letterOf(number, 'activation-received')
    const told = async (id: string) => {
      const { status, body } = await support.post(`/letters/${id}/resend`)
      await post(stage)
      return [status, body['code'], stage.mail.to(addressOf(number)).at(-1)?.text.includes(progress)]
    }
    expect(await told(received)).toEqual([202, undefined, true])
    stage.clock.move(7 * 24 * hour + minute)
    support = await desk.as('support')
    const security = await desk.as('security')
    expect(await told(received)).toEqual([202, undefined, false])
    expect(stage.mail.to(addressOf(number)).at(-1)?.text).not.toMatch(/undefined|suivre la création/)

    await security.post(`/students/${number}/lock`, { reason: 'compte compromis' })
    await post(stage)
    const locked = await letterOf(number, 'locked')
    expect(await told(received)).toEqual([409, 'LETTER_FINAL', false])
    await security.post(`/students/${number}/unlock`)
    expect(await told(locked)).toEqual([409, 'LETTER_FINAL', false])
    const { letters } = (await support.get(`/students/${number}`)).body as unknown as {
      letters: { kind: string; resendable: boolean }[]
    }
    expect(letters.find(({ kind }) => kind === 'locked')?.resendable).toBe(false)
    expect(letters.find(({ kind }) => kind === 'activation-received')?.resendable).toBe(true)
  })

  test('of what is no letter, or no letter to send again, is refused', async () => {
    const number = await invited()
    await support.post(`/students/${number}/key/reveal`, seen)
    const told = await support.post(`/letters/${await letterOf(number, 'key-revealed')}/resend`)
    expect([told.status, told.body['code']]).toEqual([409, 'LETTER_FINAL'])
    const none = await support.post('/letters/6f9619ff-8b86-4d01-b42d-00cf4fc964ff/resend')
    expect([none.status, none.body['code']]).toEqual([404, 'LETTER_UNKNOWN'])
    expect((await support.post('/letters/1/resend')).status).toBe(400)
  })
})

test('a student is read again by the daemon, and who asked stands in the trail', async () => {
  const number = await invited()
  const daemon = new AbortController()
  const answering = answerWishes(stage.rooms, daemon.signal)
  const { status, body } = await support.post(`/students/${number}/read-again`)
  expect([status, body]).toEqual([200, { number, result: 'impossible', code: null }])
  const other = await (await desk.as('support-lettres')).post(`/students/${number}/read-again`, {})
  expect(other.status).toBe(404)
  daemon.abort()
  await answering
  const wishes = await stage.rooms.registry.db.selectFrom('read_again').select('asked_by').execute()
  expect(wishes).toEqual([{ asked_by: 'support' }])
})

describe('lists', () => {
  test('are told as JSON and as CSV in which nothing is a formula', async () => {
    const [one, other] = [freshNumber(), freshNumber()]
    await passOver(stage, [
      enrolled(one, { birthName: '=cmd|calc', fixedAddress: 'famille@example.org' }),
      enrolled(other, { birthName: '@SUM(A1)', fixedAddress: 'Famille@example.org' }),
    ])
    const registrar = await desk.as('registrar')
    const { body } = await registrar.get('/lists/shared-addresses')
    const { rows } = body as unknown as { rows: { number: string; family_name: string }[] }
    expect(rows.map(({ number }) => number)).toEqual([one, other])
    for (const csv of [
      await registrar.get('/lists/shared-addresses?format=csv'),
      await registrar.get('/lists/shared-addresses', { accept: 'text/csv' }),
    ]) {
      expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8')
      expect(csv.headers.get('content-disposition')).toContain('shared-addresses.csv')
      expect(csv.text).toMatch(/^\uFEFF?component;component_label;number;family_name;first_name;address\n/)
      expect(csv.text).toContain(`;${one};'=cmd|calc;`)
      expect(csv.text).not.toMatch(/(^|;)[=+\-@\t\r]/m)
    }
    expect((await registrar.get('/lists/passwords')).status).toBe(400)
  })
})

test('a held plan is looked at and approved by its digest, once, by an operator of the whole university', async () => {
  const records = crowd(40)
  await passOver(stage, records)
  await passOver(
    stage,
    records.map(({ person: { number } }) => enrolled(number, { state: 'A' })),
  )
  const operator = await desk.as('operator')
  const { plans } = (await operator.get('/plans')).body as unknown as {
    plans: { digest: string; kind: string; members: number; detail: string }[]
  }
  expect(plans).toMatchObject([{ kind: 'losses', members: 40 }])
  const { digest = '' } = plans[0] ?? {}
  const diff = (await operator.get(`/plans/${digest}`)).body as unknown as {
    list: { number: string; state: string }[]
  }
  expect(diff.list).toHaveLength(40)
  expect(diff.list[0]).toMatchObject({ state: 'invited', right_kind: 'open', component: 'SCI' })

  const other = await operator.post('/plans', { digest: '0123456789abcdef' })
  expect([other.status, other.body['code']]).toEqual([404, 'HOLD_UNKNOWN'])
  expect((await operator.post('/plans', { digest })).status).toBe(200)
  expect((await operator.post('/plans', { digest })).status).toBe(404)
  await pass(stage.rooms)
  expect((await operator.get('/plans')).body['plans']).toEqual([])
  const { acts: trail } = (await operator.get('/audit?actor=operator')).body as unknown as {
    acts: { action: string; facts: { digest?: string } }[]
  }
  expect(trail.find(({ action }) => action === 'approved')?.facts.digest).toBe(digest)
})

test('the funnel counts each step among those of the step before', async () => {
  const records = crowd(4)
  await passOver(stage, records)
  await post(stage)
  await activate(stage, records[0]?.person.number ?? '')
  const { body } = await support.get('/funnel')
  expect(body['faculties']).toEqual([
    {
      id: 'sciences',
      name_fr: 'Sciences',
      name_en: 'Science',
      enrolled: 4,
      lettered: 4,
      activated: 1,
      ready: 1,
    },
  ])
})

test('the trail is read in parts, the newest first', async () => {
  const records = crowd(120)
  await passOver(stage, records)
  const operator = await desk.as('operator')
  const read = async (query: string) =>
    (await operator.get(`/audit${query}`)).body as unknown as { acts: { id: number }[]; next: number | null }
  const first = await read('')
  expect(first.acts).toHaveLength(100)
  const second = await read(`?before=${first.next ?? 0}`)
  const ids = [...first.acts, ...second.acts].map(({ id }) => id)
  expect(ids).toEqual([...new Set(ids)].sort((one, other) => other - one))
})
