import { execFile } from 'node:child_process'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { Client } from 'ldapts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { extension } from '../../ldap-protocol/oids.ts'
import type { TlsOptions } from '../../ldap-server/create.ts'
import { makeCertificates } from '../run/servers/certificates.ts'
import type { Certificates } from '../run/servers/certificates.ts'
import { neededPrograms } from '../run/servers/program.ts'
import { ada, reader, start } from './running.ts'
import { Wire } from './wire.ts'

let server: Awaited<ReturnType<typeof start>>
let ours: Certificates
let theirs: Certificates
let secure: number
beforeAll(async () => {
  ours = await makeCertificates()
  theirs = await makeCertificates()
  server = await start({
    tls: options(ours),
    requireTls: true,
    certificates: [{ subject: 'CN=server of a test', dn: reader.replace('cn=cas', 'CN=CAS') }],
  })
  secure = (await server.directory.listen({ host: '127.0.0.1', port: 0, secure: true })).port
})
afterAll(() => server.directory.close())

const options = ({ certificate, key }: Certificates): TlsOptions => ({
  certificate,
  key,
  clientAuthorities: theirs.ca,
})
const startTls = { kind: 'extended', oid: extension.startTls, value: null } as const
const bind = { kind: 'bind', version: 3, name: ada } as const
const simple = { ...bind, auth: { kind: 'simple', password: Buffer.from('21100001') } } as const

/** Runs ldapwhoami with a certificate of its own. */
async function whoAmI(url: string, args: readonly string[], shown: Certificates | null): Promise<string> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'matricule-tls-'))
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder.path, name), text)
    return join(folder.path, name)
  }
  const env: NodeJS.ProcessEnv = { ...process.env, LDAPTLS_CACERT: await file('ca', ours.ca) }
  if (shown) {
    env['LDAPTLS_CERT'] = await file('certificate', shown.certificate)
    env['LDAPTLS_KEY'] = await file('key', shown.key)
  }
  const program = neededPrograms('ldap-utils')('ldapwhoami')
  return await new Promise((resolve) => {
    execFile(program, ['-H', url, ...args], { env }, (_error, out, errors) => resolve(out + errors))
  })
}

describe('a password', () => {
  it('is refused with 13 in clear, also a right one', async () => {
    const wire = await Wire.open(server.port)
    expect(await wire.code(simple)).toBe(13)
    expect(
      await wire.code({ ...simple, name: '', auth: { kind: 'simple', password: Buffer.alloc(0) } }),
    ).toBe(0)
    wire.close()
  })

  it('is taken after StartTLS, and over LDAPS', async () => {
    const upgraded = new Client({ url: server.url })
    await upgraded.startTLS({ ca: ours.ca, host: '127.0.0.1' })
    await upgraded.bind(ada, '21100001')
    await upgraded.unbind()
    const straight = new Client({ url: `ldaps://127.0.0.1:${secure}`, tlsOptions: { ca: ours.ca } })
    await straight.bind(ada, '21100001')
    await expect(straight.bind(ada, 'wrong')).rejects.toMatchObject({ code: 49 })
    await straight.unbind()
  })
})

describe('StartTLS', () => {
  it('is offered where there is a certificate, and nowhere else', async () => {
    await using plain = await start()
    const wire = await Wire.open(plain.port)
    expect(await wire.code(startTls)).toBe(2)
    wire.close()
  })

  it('ends the session when something follows in clear: it could be anybody’s', async () => {
    const wire = await Wire.open(server.port)
    wire.raw(Buffer.concat([encoded(1), encoded(2)]))
    await wire.hungUp()
    const codes = wire.received.map(({ id, operation }) => [
      id,
      operation.kind === 'extended' && operation.result.code,
    ])
    expect(codes).toEqual([
      [1, 0],
      [0, 2],
    ])
  })

  it('ends a connection that never shakes hands', async () => {
    await using hasty = await start({ tls: options(ours), limits: { messageMs: 50 } })
    const wire = await Wire.open(hasty.port)
    expect(await wire.code(startTls)).toBe(0)
    await wire.hungUp()
  })

  it('with what is no handshake ends that connection alone', async () => {
    const wire = await Wire.open(server.port)
    expect(await wire.code(startTls)).toBe(0)
    wire.raw(Buffer.from('not a handshake at all, whatever it may be'))
    await wire.hungUp()
    const other = await Wire.open(server.port)
    expect(await other.code(startTls)).toBe(0)
    other.close()
  })
})

describe('SASL EXTERNAL', () => {
  it('makes of a certificate whom the settings say', async () => {
    expect(await whoAmI(server.url, ['-ZZ', '-Y', 'EXTERNAL', '-Q'], theirs)).toBe(`dn:${reader}\n`)
    expect(await whoAmI(`ldaps://127.0.0.1:${secure}`, ['-Y', 'EXTERNAL', '-Q'], theirs)).toBe(
      `dn:${reader}\n`,
    )
  })

  it('makes nobody of one by another authority, nor of none', async () => {
    expect(await whoAmI(server.url, ['-ZZ', '-Y', 'EXTERNAL', '-Q'], ours)).toContain('(48)')
    const wire = await Wire.open(server.port)
    const external = { kind: 'sasl', mechanism: 'EXTERNAL', credentials: null } as const
    expect(await wire.code({ ...bind, name: '', auth: external })).toBe(48)
    expect(await wire.code({ ...bind, name: '', auth: { ...external, mechanism: 'PLAIN' } })).toBe(7)
    wire.close()
  })

  it('lets nobody be somebody else', async () => {
    const args = ['-ZZ', '-Y', 'EXTERNAL', '-Q', '-X', `dn:${ada}`]
    expect(await whoAmI(server.url, args, theirs)).toContain('(49)')
  })
})

it('another certificate is shown to who comes next, a wrong one is refused and the old one stays', async () => {
  const shownNow = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: secure, rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().fingerprint256)
        socket.destroy()
      })
      socket.on('error', reject)
    })
  const before = await shownNow()
  server.directory.reloadTls(options(theirs))
  expect(await shownNow()).not.toBe(before)
  expect(() => server.directory.reloadTls({ ...options(ours), key: theirs.key })).toThrow()
  expect(await shownNow()).not.toBe(before)
  server.directory.reloadTls(options(ours))
  expect(await shownNow()).toBe(before)
})

function encoded(id: number): Buffer {
  const oid = Buffer.from(extension.startTls)
  return Buffer.concat([
    Buffer.from([0x30, oid.length + 7, 2, 1, id, 0x77, oid.length + 2, 0x80, oid.length]),
    oid,
  ])
}
