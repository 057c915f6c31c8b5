import type { Chance } from '../../platform/chance.ts'

/** Draws from a source of chance, in blocks: a university takes millions of them. */
export interface Draw {
  /** A whole number from 0 to `bound` − 1. */
  below(bound: number): number
  /** True once in a while: `share` is from 0 to 1. */
  happens(share: number): boolean
  /** One of a list that is not empty. */
  pick<Item>(items: readonly Item[]): Item
  /** The key of one of the shares, each as likely as its share of their sum. */
  among<Key extends string>(shares: Readonly<Record<Key, number>>): Key
  /** A rank from 0 to `bound` − 1 of which the low ones are much more likely, as with names. */
  rank(bound: number): number
}

const blockBytes = 16 * 1024

/** Draws reproducible with the chance they come from. */
export function drawFrom(chance: Chance): Draw {
  let block = chance.bytes(blockBytes)
  let offset = 0
  const unit = (): number => {
    if (offset === blockBytes) {
      block = chance.bytes(blockBytes)
      offset = 0
    }
    const drawn = block.readUInt32BE(offset) / 2 ** 32
    offset += 4
    return drawn
  }
  const below = (bound: number): number => Math.floor(unit() * bound)
  return {
    below,
    happens: (share) => unit() < share,
    pick: <Item>(items: readonly Item[]) => items[below(items.length)] as Item,
    rank: (bound) => Math.floor(unit() ** 2.5 * bound),
    among: <Key extends string>(shares: Readonly<Record<Key, number>>) => {
      let sum = 0
      for (const key in shares) sum += shares[key]
      let left = unit() * sum
      let chosen = ''
      for (const key in shares) {
        chosen = key
        if ((left -= shares[key]) < 0) break
      }
      return chosen as Key
    },
  }
}
