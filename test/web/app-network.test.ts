import fc from 'fast-check'
import { expect, test } from 'vitest'
import { networkOf } from '../../web/network.ts'

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::ffff:c000:207', '192.0.2.7'],
  ['0:0:0:0:0:FFFF:192.0.2.7', '192.0.2.7'],
  ['2001:db8:7:8:9:a:b:c', '2001:db8:7:8::/64'],
  ['2001:0DB8:0007:0008::1', '2001:db8:7:8::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['', 'unknown'],
  ['unix:', 'unknown'],
  ['192.0.2.256', 'unknown'],
  ['192.0.2.7, 192.0.2.8', 'unknown'],
])('%s counts under %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

test('every way to write an address counts under the same network, whatever its last 64 bits', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.uint8Array({ minLength: 8, maxLength: 8 }),
      (a, end) => {
        const long = written(a)
        const compressed = new URL(`http://[${long}]/`).hostname.slice(1, -1)
        const neighbour = written(Uint8Array.from([...a.slice(0, 8), ...end]))
        expect(networkOf(compressed)).toBe(networkOf(long.toUpperCase()))
        if (a.slice(0, 8).some((byte) => byte !== 0)) expect(networkOf(neighbour)).toBe(networkOf(long))
      },
    ),
  )
})

function written(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex')
  return (hex.match(/.{4}/g) ?? []).join(':')
}
