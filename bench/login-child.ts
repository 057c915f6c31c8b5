import { Client } from 'ldapts'
import { systemClock as clock } from '../platform/clock.ts'

/** Signs in as people do, by binds of `clients` who begin again as soon as they are in, or `perSecond` of them all
 *  together; in a process of its own, until it is told to end. Prints how many binds there were, and how many a second. */
const [url = '', dns = '', password = '', clients = '64', perSecond = '0'] = process.argv.slice(2)
const names = dns.split(' ')
const pace = Number(perSecond)
const began = clock.monotonic()
let binds = 0
let begun = 0
process.once('SIGTERM', () => {
  const seconds = (clock.monotonic() - began) / 1000
  process.stdout.write(`${JSON.stringify({ binds, per_second: Math.round((10 * binds) / seconds) / 10 })}\n`)
  process.exit()
})

await Promise.all(
  Array.from({ length: Number(clients) }, async (_, place) => {
    const client = new Client({ url })
    for (;;) {
      if (pace > 0) await clock.sleep(Math.max(0, began + (begun++ * 1000) / pace - clock.monotonic()))
      await client.bind(names[place % names.length] ?? '', password)
      binds += 1
    }
  }),
)
