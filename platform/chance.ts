import { createHash, randomBytes } from 'node:crypto'

/** Randomness, as a parameter. */
export interface Chance {
  /** `count` random bytes. */
  bytes(count: number): Buffer
}

/** Unpredictable: for keys, tokens, salts. */
export const systemChance: Chance = { bytes: (count) => randomBytes(count) }

/** The same bytes for the same seed, for generated universities and simulations. Never for secrets. */
export function seededChance(seed: string): Chance {
  let block = Buffer.alloc(0)
  let counter = 0
  return {
    bytes(count) {
      const parts: Buffer[] = []
      let missing = count
      while (missing > 0) {
        if (block.length === 0) block = createHash('sha512').update(`${seed}\n${counter++}`).digest()
        const part = block.subarray(0, missing)
        block = block.subarray(part.length)
        missing -= part.length
        parts.push(part)
      }
      return Buffer.concat(parts)
    },
  }
}

/** `length` characters of `alphabet` (256 characters at most), each equally likely. */
export function randomText(chance: Chance, alphabet: string, length: number): string {
  const bound = 256 - (256 % alphabet.length)
  let text = ''
  while (text.length < length) {
    for (const byte of chance.bytes(length)) {
      if (byte < bound && text.length < length) text += alphabet.charAt(byte % alphabet.length)
    }
  }
  return text
}

/** A whole number from 0 to `below` − 1 (`below` at most 2^32), each equally likely. */
export function randomBelow(chance: Chance, below: number): number {
  const bound = 2 ** 32 - (2 ** 32 % below)
  for (;;) {
    const drawn = chance.bytes(4).readUInt32BE()
    if (drawn < bound) return drawn % below
  }
}

/** A random UUID (RFC 9562, version 4). */
export function randomUuid(chance: Chance): string {
  const bytes = chance.bytes(16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
