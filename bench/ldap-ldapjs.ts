import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import ldapjs from 'ldapjs'
import { entriesOf, parseLdifStream } from '../ldap-protocol/ldif.ts'
import { people, service } from './ldap-people.ts'

/** A server as one would write it on ldapjs: entries in a map, another by uid, {SSHA} checked, in memory alone. Takes an
 *  LDIF file; prints its port. */
interface Held {
  dn: string
  attributes: Record<string, string[]>
}
const byName = new Map<string, Held>()
const byUid = new Map<string, Held>()
const put = (held: Held): void => {
  byName.set(held.dn.toLowerCase(), held)
  const uid = held.attributes['uid']?.[0]
  if (uid !== undefined) byUid.set(uid.toLowerCase(), held)
}
for (const name of ['matricule', 'cas']) put({ dn: service(name), attributes: { userpassword: ['demo'] } })
for await (const { dn, attributes } of entriesOf(parseLdifStream(createReadStream(process.argv[2] ?? '')))) {
  put({
    dn,
    attributes: Object.fromEntries(
      attributes.map(({ type, values }) => [type.toLowerCase(), values.map(String)]),
    ),
  })
}

function fits(stored: string, password: string): boolean {
  if (!stored.startsWith('{SSHA}')) return password === 'demo'
  const bytes = Buffer.from(stored.slice(6), 'base64')
  const digest = createHash('sha1').update(password).update(bytes.subarray(20)).digest()
  return digest.equals(bytes.subarray(0, 20))
}

const server = ldapjs.createServer()
server.on('error', () => undefined)
server.bind('', (request, response, next) => {
  const held = byName.get(request.dn.toString().toLowerCase())
  const stored = held?.attributes['userpassword']?.[0]
  if (stored === undefined || !fits(stored, request.credentials)) {
    next(new ldapjs.InvalidCredentialsError())
    return
  }
  request.connection.setNoDelay(true)
  response.end()
  next()
})
server.search(people, (request, response, next) => {
  const { filter } = request
  const candidates =
    filter.type === 'EqualityFilter' && filter.attribute === 'uid'
      ? [byUid.get(filter.value ?? '')]
      : byName.values()
  for (const held of candidates) {
    if (held && filter.matches(held.attributes)) response.send({ dn: held.dn, attributes: held.attributes })
  }
  response.end()
  next()
})
server.add(people, (request, response, next) => {
  put({
    dn: request.dn.toString(),
    attributes: Object.fromEntries(
      request.attributes.map(({ type, values }) => [type.toLowerCase(), values]),
    ),
  })
  response.end()
  next()
})
server.modify(people, (request, response, next) => {
  const held = byName.get(request.dn.toString().toLowerCase())
  for (const { modification } of request.changes) {
    if (held) held.attributes[modification.type.toLowerCase()] = modification.values
  }
  response.end()
  next()
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port: server.address().port, entries: byName.size })}\n`)
})
