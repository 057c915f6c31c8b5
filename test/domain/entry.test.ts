import { describe, expect, it } from 'vitest'
import { attributesOf } from '../../domain/entry.ts'

describe('the attributes of an entry', () => {
  it('say nothing empty and nothing twice', () => {
    expect(
      attributesOf({ mail: [null], cn: ['Ada', 'Ada', ''], sn: [undefined, 'Lovelace'], title: [] }),
    ).toEqual({
      cn: ['Ada'],
      sn: ['Lovelace'],
    })
  })
})
