import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MalformedError, Reader, notText } from '../../ldap-protocol/ber-reader.ts'
import { Writer } from '../../ldap-protocol/ber-writer.ts'
import { decodeRequest, encodeRequest } from '../../ldap-protocol/request.ts'
import { decodeResponse, encodeResponse } from '../../ldap-protocol/response.ts'
import { message, request, response } from './arbitraries.ts'

const onlyMalformed = (decode: () => unknown): void => {
  try {
    decode()
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error
  }
}

describe('the codec', () => {
  it('reads every request as it was written', () => {
    fc.assert(
      fc.property(message(request), (sent) => {
        expect(decodeRequest(encodeRequest(sent))).toEqual(sent)
      }),
      { numRuns: 500 },
    )
  })

  it('reads every answer as it was written', () => {
    fc.assert(
      fc.property(message(response), (sent) => {
        expect(decodeResponse(encodeResponse(sent))).toEqual(sent)
      }),
      { numRuns: 500 },
    )
  })

  it('writes a bare result as any other element', () => {
    const edges = [0, 1, 0x7f, 0x80, 0x7fff, 0x8000, 0x7fffff, 0x800000, 0x7fffffff]
    for (const id of edges) {
      for (const code of [0, 49, 127, 128]) {
        const result = { code, matchedDN: '', message: '' }
        const bytes = encodeResponse({ id, operation: { kind: 'result', of: 'bind', result }, controls: [] })
        const to = new Writer().begin(0x30).integer(id).begin(0x61).integer(code, 0x0a)
        expect(bytes).toEqual(to.text('').text('').end().end().take())
      }
    }
  })

  it('answers changed bytes with a message or MalformedError, nothing else', () => {
    const wound = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 6,
    })
    fc.assert(
      fc.property(message(request), wound, fc.nat(), (sent, changes, cut) => {
        const bytes = Buffer.from(encodeRequest(sent))
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        onlyMalformed(() => decodeRequest(bytes))
        onlyMalformed(() => decodeRequest(bytes.subarray(0, cut % bytes.length)))
        onlyMalformed(() => decodeResponse(bytes))
      }),
      { numRuns: 3000 },
    )
  })

  it('takes lengths that are longer than they need be', () => {
    const bytes = Buffer.from('3084000000050201014200', 'hex')
    expect(decodeRequest(bytes)).toEqual({ id: 1, operation: { kind: 'unbind' }, controls: [] })
  })

  it.each([
    ['an indefinite length', '30800201014200000 0'.replaceAll(' ', '')],
    ['bytes after the message', '300502010142000 0'.replaceAll(' ', '')],
    ['an element longer than its holder', '30050201014201'],
    ['a message number below zero', '30050201ff4200'],
    ['an operation nobody knows', '30050201017e00'],
    ['nothing', ''],
  ])('refuses %s', (_what, hex) => {
    expect(() => decodeRequest(Buffer.from(hex, 'hex'))).toThrow(MalformedError)
  })

  it('refuses what is nested deeper than allowed, and takes what is not', () => {
    const nested = (depth: number): Buffer => {
      const to = new Writer()
      for (let level = 0; level < depth; level++) to.begin(0x30)
      for (let level = 0; level < depth; level++) to.end()
      return to.take()
    }
    const descend = (bytes: Buffer): void => {
      let reader = new Reader(bytes)
      while (reader.more) reader = reader.enter(0x30)
    }
    expect(() => descend(nested(64))).not.toThrow()
    expect(() => descend(nested(65))).toThrow(MalformedError)
    expect(() => descend(nested(20_000))).toThrow(MalformedError)
  })

  it('reads text that is not UTF-8 as something no name or value can be', () => {
    expect(new Reader(Buffer.from([4, 2, 0xc3, 0x28])).text()).toBe(notText)
  })

  it('writes and reads integers at their edges', () => {
    for (const value of [
      0, 1, 127, 128, -1, -128, -129, 255, 32767, 32768, 8388607, 8388608, 2147483647, -2147483648,
    ]) {
      expect(new Reader(new Writer().integer(value).take()).integer()).toBe(value)
    }
  })
})
