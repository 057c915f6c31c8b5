import fc from 'fast-check'
import { expect, it } from 'vitest'
import { MalformedError } from '../../ldap-protocol/ber-reader.ts'
import { Writer } from '../../ldap-protocol/ber-writer.ts'
import { Frames } from '../../ldap-protocol/frames.ts'

const frame = (content: Buffer): Buffer => new Writer().octets(content, 0x30).take()

it('cuts the same messages however the bytes arrive', () => {
  const contents = fc.array(fc.uint8Array({ maxLength: 400 }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(contents, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (list, sizes) => {
      const messages = list.map((content) => frame(Buffer.from(content)))
      const all = Buffer.concat(messages)
      const frames = new Frames()
      const found: Buffer[] = []
      for (let at = 0, turn = 0; at < all.length; turn++) {
        const size = sizes[turn % sizes.length] ?? 1
        frames.push(all.subarray(at, at + size))
        at += size
        for (let one = frames.next(); one; one = frames.next()) found.push(one)
      }
      expect(found).toEqual(messages)
      expect(frames.empty).toBe(true)
    }),
  )
})

it('judges the announced length before anything of the body is there', () => {
  expect(() => new Frames().push(Buffer.from('30847fffffff', 'hex'))).toThrow(MalformedError)
  expect(() => new Frames(100).push(Buffer.from('308165', 'hex'))).toThrow(MalformedError)
  expect(() => new Frames(101).push(Buffer.from('308165', 'hex'))).not.toThrow()
})

it('refuses at the first byte what is no message', () => {
  expect(() => new Frames().push(Buffer.from('GET /'))).toThrow(MalformedError)
})

it('keeps few buffers for a message that comes byte by byte', () => {
  const frames = new Frames()
  const whole = frame(Buffer.alloc(20_000, 7))
  for (const byte of whole) frames.push(Buffer.from([byte]))
  expect(frames.next()).toEqual(whole)
})
