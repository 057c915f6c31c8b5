/** closed: it is asked · open: it did not answer, and is left alone for a while · trying: one act finds out whether it
 *  answers again.
 *
 *  ```text
 *  closed ──(enough in a row unanswered)──▶ open ──(time)──▶ trying ──(answered)──▶ closed
 *                                            ▲                  │
 *                                            └──(unanswered)────┘
 *  ```
 */
export const breakerStates = ['closed', 'open', 'trying'] as const
export type BreakerState = (typeof breakerStates)[number]
