import { holderOf } from '../../registry/students.ts'
import type { Flows } from '../flows.ts'
import { activate, verifyKey } from './activation.ts'
import { readContext } from './context.ts'
import { gatheredOn } from './gathered.ts'
import type { Door } from './door.ts'
import type { House } from './house.ts'
import { ownData } from './password.ts'
import { progress } from './progress.ts'
import { requestReset, reset, verifyToken } from './reset.ts'

/** The acts of the page, on a house. */
export function createFlows(parts: House): Flows {
  const house: Door = { ...parts, gathered: gatheredOn(parts) }
  return {
    verifyKey: (input) => verifyKey(house, input),
    activate: (input) => activate(house, input),
    requestReset: (input) => requestReset(house, input),
    verifyToken: (input) => verifyToken(house, input),
    reset: (input) => reset(house, input),
    progress: (id) => progress(house, id),
    async judge({ password, context }) {
      const number = context === null ? null : await readContext(house, context)
      const holder = number === null ? null : await holderOf(house.registry.db, number)
      const { score, acceptable, reasons } = await house.typing.judge(
        password,
        holder ? ownData(holder.person) : [],
      )
      return { score, acceptable, reasons: [...reasons] }
    },
  }
}
