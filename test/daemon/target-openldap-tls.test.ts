import { createServer, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serviceDn } from '../../bin/first-entries.ts'
import { createLdapTarget, type LdapTargetOptions } from '../../daemon/target/ldap.ts'
import { upmc } from '../../domain/profiles/upmc.ts'
import { makeCertificates, type Certificates } from '../run/servers/certificates.ts'
import { servicePassword, startSlapd, type Slapd, type SlapdSettings } from '../run/servers/slapd.ts'
import { systemClock } from '../../platform/clock.ts'

let ours: Certificates
const servers = new AsyncDisposableStack()
beforeAll(async () => {
  ours = await makeCertificates()
})
afterAll(() => servers.disposeAsync())

/** Reads one student as the daemon would. */
async function readBy(
  options: Partial<LdapTargetOptions> & Pick<LdapTargetOptions, 'url'>,
): Promise<unknown> {
  const target = createLdapTarget({
    profile: upmc,
    bindDn: serviceDn('matricule', upmc.base),
    password: servicePassword,
    mode: 'write',
    startTls: false,
    timeoutMs: 2_000,
    clock: systemClock,
    window: 32,
    ...options,
  })
  return target
    .lane('nudge')
    .read('21100001', () => '')
    .finally(() => target.close())
}

const unavailable = { code: 'TARGET_UNAVAILABLE', transient: true }
const start = async (settings: Partial<SlapdSettings>) => servers.use(await startSlapd(upmc.base, settings))
const trusting = (ca: string | undefined) => (ca === undefined ? {} : { ca })

/** StartTLS is offered and not demanded, so that falling back to a bind in clear would succeed. */
describe.each([
  { by: 'StartTLS', tls: 'none', startTls: true },
  { by: 'ldaps', tls: 'ldaps', startTls: false },
] as const)('by $by', ({ tls, startTls }) => {
  let slapd: Slapd
  beforeAll(async () => {
    slapd = await start({ tls, certificates: ours })
  })

  test('a server is believed whose certificate our authority gave to its address', async () => {
    expect(await readBy({ url: slapd.url, startTls, ca: ours.ca })).toEqual([])
  })

  test.each([
    ['no authority of ours', async () => Promise.resolve(undefined)],
    ['another authority', async () => (await makeCertificates()).ca],
  ])('with %s it is not, and nothing is sent in clear', async (_whose, ca) => {
    const options = { url: slapd.url, startTls, ...trusting(await ca()) }
    await expect(readBy(options)).rejects.toMatchObject(unavailable)
  })

  test('a certificate of another name is not believed, be it localhost', async () => {
    for (const name of ['DNS:elsewhere.example.org', 'DNS:localhost', 'IP:127.0.0.2']) {
      const certificates = await makeCertificates(name)
      const other = await start({ tls, certificates })
      await expect(readBy({ url: other.url, startTls, ca: certificates.ca })).rejects.toMatchObject(
        unavailable,
      )
    }
  })

  test('a certificate of its name is believed where it is called by name', async () => {
    const certificates = await makeCertificates('DNS:localhost')
    const other = await start({ tls, certificates })
    const url = other.url.replace('127.0.0.1', 'localhost')
    expect(await readBy({ url, startTls, ca: certificates.ca })).toEqual([])
  })
})

test('a server without StartTLS is not spoken to in clear', async () => {
  const { url } = await start({ tls: 'none' })
  expect(await readBy({ url })).toEqual([])
  await expect(readBy({ url, startTls: true, ca: ours.ca })).rejects.toMatchObject(unavailable)
})

test('a server that wants TLS is not given up for good when we come without', async () => {
  const { url } = await start({ tls: 'starttls', certificates: ours })
  await expect(readBy({ url })).rejects.toMatchObject({ ...unavailable, details: { resultCode: 13 } })
})

test('a server that agrees to StartTLS and then says nothing is given up in time', async () => {
  const heard: Buffer[] = []
  // ExtendedResponse to the message of that number: success.
  const agreed = (to: number) => Buffer.from([0x30, 12, 2, 1, to, 0x78, 7, 10, 1, 0, 4, 0, 4, 0])
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => heard.push(bytes))
    socket.once('data', (request: Buffer) => socket.write(agreed(request[4] ?? 0)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `ldap://127.0.0.1:${(server.address() as AddressInfo).port}`
  await expect(readBy({ url, startTls: true, ca: ours.ca, timeoutMs: 500 })).rejects.toMatchObject(
    unavailable,
  )
  expect(heard).toHaveLength(2)
  expect(Buffer.concat(heard).includes(servicePassword)).toBe(false)
  await new Promise((resolve) => server.close(resolve))
})
