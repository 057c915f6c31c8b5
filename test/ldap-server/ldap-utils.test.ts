import { execFile } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ada, people, start, student, suffix, writer } from './running.ts'

let server: Awaited<ReturnType<typeof start>>
beforeAll(async () => {
  server = await start()
})
afterAll(() => server.directory.close())

interface Run {
  code: number
  out: string
}

/** Runs one of OpenLDAP's programs; Debian has them in `ldap-utils`. */
const run = (program: string, args: readonly string[], input = ''): Promise<Run> =>
  new Promise((resolve, reject) => {
    const child = execFile(program, ['-x', '-H', server.url, ...args], (error, out, err) => {
      if (error && typeof error.code !== 'number') {
        reject(new Error(`${program} cannot be run: apt-get install ldap-utils`, { cause: error }))
        return
      }
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out: out + err })
    })
    child.stdin?.end(input)
  })
const asWriter = ['-D', writer, '-w', 'demo']
const asAda = ['-D', ada, '-w', '21100001']

describe("OpenLDAP's own programs", () => {
  it('ldapwhoami', async () => {
    expect(await run('ldapwhoami', asAda)).toEqual({ code: 0, out: `dn:${ada}\n` })
    expect(await run('ldapwhoami', [])).toEqual({ code: 0, out: 'anonymous\n' })
    expect((await run('ldapwhoami', ['-D', ada, '-w', 'wrong'])).code).toBe(49)
  })

  it('ldapsearch', async () => {
    const { code, out } = await run('ldapsearch', [
      '-LLL',
      ...asWriter,
      '-b',
      suffix,
      '(mail=ADA.*)',
      'sn',
      '+',
    ])
    expect(code).toBe(0)
    expect(out).toContain(`dn: ${ada}\nsn: Lovelace\n`)
    expect(out).toMatch(/entryUUID: [0-9a-f-]{36}\n/)
    expect((await run('ldapsearch', ['-LLL', '-b', '', '-s', 'base', '+'])).out).toContain(
      `namingContexts: ${suffix}`,
    )
    expect((await run('ldapsearch', ['-b', suffix])).code).toBe(32)
    expect((await run('ldapsearch', [...asWriter, '-b', suffix, '-z', '1'])).code).toBe(4)
    expect((await run('ldapsearch', [...asWriter, '-b', suffix, '-e', '!1.2.3.4'])).code).toBe(12)
    const schema = await run('ldapsearch', [
      '-LLL',
      '-o',
      'ldif-wrap=no',
      '-b',
      'cn=Subschema',
      '-s',
      'base',
      'attributeTypes',
    ])
    expect(schema.out).toContain("NAME 'supannEtuInscription'")
  })

  it('ldapsearch by pages', async () => {
    const { out } = await run('ldapsearch', [
      '-LLL',
      ...asWriter,
      '-b',
      suffix,
      '-E',
      'pr=2/noprompt',
      '(objectClass=*)',
      '1.1',
    ])
    expect(out.match(/^dn: /gm)).toHaveLength(7)
    expect(out.match(/pagedresults: cookie=/g)).toHaveLength(4)
  })

  it('ldapsearch in an order', async () => {
    const sorted = ['-LLL', ...asWriter, '-b', people, '-E', '!sss=-cn:2.5.13.3', '(uid=*)', '1.1']
    const { code, out } = await run('ldapsearch', sorted)
    expect([code, out.match(/^dn: uid=\d+/gm)]).toEqual([0, ['dn: uid=21100002', 'dn: uid=21100001']])
  })

  it('ldapadd, ldapmodify, ldapcompare, ldapmodrdn, ldapdelete', async () => {
    const grace = `uid=21100003,${people}`
    expect((await run('ldapadd', asWriter, student('21100003', 'Grace Hopper', 'Hopper'))).code).toBe(0)
    expect((await run('ldapadd', asWriter, student('21100003', 'Grace Hopper', 'Hopper'))).code).toBe(68)
    const change = `dn: ${grace}\nchangetype: modify\nreplace: sn\nsn:: ${Buffer.from('Hoppér').toString('base64')}\n`
    expect((await run('ldapmodify', asWriter, change)).code).toBe(0)
    expect((await run('ldapmodify', asAda, change)).code).toBe(50)
    expect((await run('ldapmodify', [...asWriter, '-e', '!assert=(sn=other)'], change)).code).toBe(122)
    expect((await run('ldapcompare', [...asWriter, grace, 'sn:HOPPÉR'])).code).toBe(6)
    expect((await run('ldapcompare', [...asWriter, grace, 'sn:Other'])).code).toBe(5)
    expect((await run('ldapmodrdn', [...asWriter, '-r', grace, 'uid=21100004'])).code).toBe(0)
    expect((await run('ldapdelete', [...asWriter, people])).code).toBe(66)
    expect((await run('ldapdelete', [...asWriter, `uid=21100004,${people}`])).code).toBe(0)
    expect((await run('ldapdelete', [...asWriter, `uid=21100004,${people}`])).code).toBe(32)
  })

  it('ldappasswd is refused to a student', async () => {
    expect((await run('ldappasswd', [...asAda, '-s', 'new'])).out).toContain('Insufficient access (50)')
  })
})
