import ldapjs from 'ldapjs'
import { Attribute, Change, Client } from 'ldapts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ada, people, start, suffix, writer } from './running.ts'

let server: Awaited<ReturnType<typeof start>>
beforeAll(async () => {
  server = await start()
})
afterAll(() => server.directory.close())

it('ldapts binds, adds, searches by pages, modifies, renames, compares and deletes', async () => {
  const client = new Client({ url: server.url })
  await client.bind(writer, 'demo')
  const grace = `uid=21100005,${people}`
  await client.add(grace, { objectClass: 'inetOrgPerson', uid: '21100005', cn: 'Grace Hopper', sn: 'Hopper' })
  const { searchEntries } = await client.search(suffix, {
    filter: '(uid=*)',
    paged: { pageSize: 1 },
    attributes: ['sn'],
  })
  expect(searchEntries.map(({ dn }) => dn)).toContain(grace)
  await client.modify(
    grace,
    new Change({ operation: 'replace', modification: new Attribute({ type: 'sn', values: ['Murray'] }) }),
  )
  expect(await client.compare(grace, 'sn', 'MURRAY')).toBe(true)
  await client.modifyDN(grace, 'uid=21100006')
  await expect(client.del(grace)).rejects.toMatchObject({ code: 32 })
  await client.del(`uid=21100006,${people}`)
  await expect(client.bind(ada, 'wrong')).rejects.toMatchObject({ code: 49 })
  await client.unbind()
})

it('ldapjs binds, searches, modifies and unbinds', async () => {
  const client = ldapjs.createClient({ url: [server.url] })
  const done = (act: (answer: (error: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => act((error) => (error ? reject(error) : resolve())))
  await done((answer) => client.bind(writer, 'demo', answer))
  const names = await new Promise<string[]>((resolve, reject) => {
    const found: string[] = []
    client.search(people, { scope: 'sub', filter: '(uid=21100001)', paged: true }, (error, response) => {
      if (error) {
        reject(error)
        return
      }
      response.on('searchEntry', (entry) => found.push(String(entry.objectName)))
      response.on('error', reject)
      response.on('end', () => resolve(found))
    })
  })
  expect(names).toEqual([ada])
  const change = new ldapjs.Change({
    operation: 'replace',
    modification: new ldapjs.Attribute({ type: 'title', values: ['Countess'] }),
  })
  await done((answer) => client.modify(ada, change, answer))
  await expect(done((answer) => client.del(people, answer))).rejects.toMatchObject({ code: 66 })
  await done((answer) => client.unbind(answer))
})
