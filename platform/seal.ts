import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  timingSafeEqual,
  type KeyObject,
} from 'node:crypto'
import { decodeProtectedHeader } from 'jose'
import type { Chance } from './chance.ts'
import type { Clock } from './clock.ts'
import { asIdentityError, IdentityError } from './error.ts'
import { readRing, writeNewRing, writeRing, newKey, type RingKey } from './seal-file.ts'

/** Seals secrets at rest and answers for them by MAC, under a ring of master keys. The first key of the ring is
 *  current; the older ones open what they once sealed. A purpose ('key', 'verifier', 'letter'…) is part of the
 *  cryptography: what was sealed for one purpose cannot be opened, nor a MAC accepted, for another. */
export interface KeyRing {
  /** Identifier of the current key. */
  readonly current: string
  /** `plaintext` as a compact JWE (RFC 7516; alg `dir`, enc `A256GCM`), under the current key. */
  seal(purpose: string, plaintext: string): Promise<string>
  /** What `seal` was given. Rejects with IdentityError SEAL_BROKEN when `sealed` was altered, belongs to another
   *  purpose or to a key that is not in the ring. */
  unseal(purpose: string, sealed: string): Promise<string>
  /** `kid.base64url(HMAC-SHA-256)` of `text` under the current key. */
  mac(purpose: string, text: string): string
  /** Whether `mac` is that of `text`, under whichever key of the ring it names, compared in constant time.
   *  False for anything that is no MAC. */
  macMatches(purpose: string, text: string, mac: string): boolean
  /** The MAC of `text` under the key that made `storedMac`, to be compared with it (or looked up) as text;
   *  null when that key is not in the ring. */
  macLike(purpose: string, text: string, storedMac: string): string | null
  /** The identifiers of every key, the current one first: a lookup by MAC tries each. */
  kids(): readonly string[]
  /** The MAC of `text` under the key `kid`, or null when it is not in the ring. */
  macUnder(purpose: string, text: string, kid: string): string | null
  /** Adds a new current key, written before this resolves. Older keys stay. */
  rotate(): Promise<void>
  /** Reads the file again, for keys that another process added. `unseal` does so by itself. */
  reload(): Promise<void>
}

export interface KeyRingOptions {
  /** The file of the ring, JSON `{keys: [{kid, created, key}]}`, mode 0600; made when it is absent. */
  readonly file: string
  readonly clock: Clock
  readonly chance: Chance
}

const derivedLimit = 512

/** Opens the ring, creating its file when absent (of several processes at once, one creates and all use it).
 *  Rejects with IdentityError SETTINGS_INVALID when the file cannot be read, is not a ring, or may be read by
 *  others than its owner and group. */
export async function openKeyRing({ file, clock, chance }: KeyRingOptions): Promise<KeyRing> {
  let keys = (await readRing(file)) ?? (await writeNewRing(file, newKey(clock, chance)))
  const derived = new Map<string, KeyObject>()

  const find = (kid: string): RingKey | undefined => keys.find((key) => key.kid === kid)
  const currentKey = (): RingKey => {
    const [first] = keys
    if (first === undefined) throw new IdentityError('SETTINGS_INVALID', `${file} holds no key`)
    return first
  }
  const derive = (key: RingKey, use: 'seal' | 'mac', purpose: string): KeyObject => {
    const name = `${key.kid}/${use}/${purpose}`
    const known = derived.get(name)
    if (known !== undefined) return known
    // HKDF (RFC 5869): one key for each use and purpose, none of which tells anything of another.
    const bytes = hkdfSync('sha256', key.key, '', `matricule/${use}/${purpose}`, 32)
    // A key object, imported once: HMAC with raw bytes is six times slower, and a pass makes one per student.
    const made = createSecretKey(Buffer.from(bytes))
    const [oldest] = derived.keys()
    if (derived.size >= derivedLimit && oldest !== undefined) derived.delete(oldest)
    derived.set(name, made)
    return made
  }
  const macWith = (key: RingKey, purpose: string, text: string): string =>
    `${key.kid}.${createHmac('sha256', derive(key, 'mac', purpose))
      .update(text, 'utf8')
      .digest('base64url')}`
  const macUnder = (purpose: string, text: string, kid: string): string | null => {
    const key = find(kid)
    return key === undefined ? null : macWith(key, purpose, text)
  }
  const macLike = (purpose: string, text: string, storedMac: string): string | null =>
    macUnder(purpose, text, storedMac.slice(0, Math.max(0, storedMac.indexOf('.'))))
  const reload = async () => {
    keys = (await readRing(file)) ?? keys
  }

  return {
    get current() {
      return currentKey().kid
    },
    async seal(purpose, plaintext) {
      const key = currentKey()
      const header = { alg: 'dir', enc: 'A256GCM', kid: key.kid, purpose }
      return Promise.resolve(closed(header, plaintext, derive(key, 'seal', purpose), chance.bytes(12)))
    },
    async unseal(purpose, sealed) {
      try {
        const header = decodeProtectedHeader(sealed)
        if (header['purpose'] !== purpose) throw new Error('sealed for another purpose')
        const kid = header.kid ?? ''
        if (find(kid) === undefined) await reload()
        const key = find(kid)
        if (key === undefined) throw new Error('sealed under a key that is not in the ring')
        if (header.alg !== 'dir' || header.enc !== 'A256GCM') throw new Error('sealed in another way')
        return opened(sealed, derive(key, 'seal', purpose))
      } catch (cause) {
        throw new IdentityError(
          'SEAL_BROKEN',
          `A sealed ${purpose} cannot be opened: ${asIdentityError(cause).message}`,
          {
            cause,
            details: { purpose },
          },
        )
      }
    },
    mac: (purpose, text) => macWith(currentKey(), purpose, text),
    macMatches(purpose, text, mac) {
      const expected = macLike(purpose, text, mac)
      if (expected === null) return false
      const [ours, theirs] = [Buffer.from(expected), Buffer.from(mac)]
      return ours.length === theirs.length && timingSafeEqual(ours, theirs)
    },
    macLike,
    macUnder,
    kids: () => keys.map((key) => key.kid),
    async rotate() {
      await reload()
      const grown = [newKey(clock, chance), ...keys]
      await writeRing(file, grown)
      keys = grown
    },
    reload,
  }
}

/** A compact JWE that is encrypted directly (RFC 7516, 5.1; RFC 7518, 5.3). jose hands each to a thread and waits for
 *  it, which takes twenty times as long: an activation seals three while others' passwords are hashed by those threads.
 *  @param nonce 12 bytes, drawn for this text alone */
function closed(
  header: Readonly<Record<string, string>>,
  plaintext: string,
  key: KeyObject,
  nonce: Buffer,
): string {
  const protectedHeader = Buffer.from(JSON.stringify(header)).toString('base64url')
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 })
  cipher.setAAD(Buffer.from(protectedHeader, 'ascii'))
  const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()])
  const parts = [nonce, ciphertext, cipher.getAuthTag()].map((bytes) => bytes.toString('base64url'))
  return [protectedHeader, '', ...parts].join('.')
}

/** Opens what `closed` gave (RFC 7516, 5.2); a first fill opens one for each student and directory. */
function opened(sealed: string, key: KeyObject): string {
  const [header = '', encryptedKey, iv = '', ciphertext = '', tag = '', ...more] = sealed.split('.')
  if (encryptedKey !== '' || more.length > 0) throw new Error('not five parts, the second of them empty')
  const [nonce, mark] = [Buffer.from(iv, 'base64url'), Buffer.from(tag, 'base64url')]
  // A shorter tag would be easier to guess.
  if (nonce.length !== 12 || mark.length !== 16) throw new Error('a nonce or a tag of another length')
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 })
  decipher.setAAD(Buffer.from(header, 'ascii')).setAuthTag(mark)
  return decipher.update(ciphertext, 'base64url', 'utf8') + decipher.final('utf8')
}
