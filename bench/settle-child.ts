import { readFile } from 'node:fs/promises'
import { openHouse } from '../bin/house.ts'
import { reconcile } from '../daemon/reconcile.ts'
import { systemClock } from '../platform/clock.ts'
import { lockHome } from '../platform/lock.ts'
import { loadSettings } from '../platform/settings.ts'

/** A process that does nothing but settle all directories, or those that are named, once, on the registry that its environment names; so that its
 *  memory is ours alone. Prints milliseconds and MiB at most. */
const settings = loadSettings({ env: process.env })
using lock = lockHome(settings.config.home)
await using house = await openHouse({
  settings,
  lock,
  demonstration: false,
  withDirectories: false,
  say: (sentence) => process.stderr.write(`${sentence}\n`),
})
const { rooms } = house
const cpuBefore = process.cpuUsage()
const began = systemClock.monotonic()
const named = process.argv.slice(2)
const targets = rooms.targets.filter(({ name }) => named.length === 0 || named.includes(name))
await Promise.all(targets.map((target) => reconcile(rooms, target)))
const cpu = process.cpuUsage(cpuBefore)
const ms = Math.round(systemClock.monotonic() - began)
// Or it would be a race that was won by not running.
const { values } = await rooms.metrics.changes.get()
const changes = values.reduce((sum, { value }) => sum + value, 0)
const rss = Number(/^VmHWM:\s+(\d+)/m.exec(await readFile('/proc/self/status', 'utf8'))?.[1])
process.stdout.write(
  `${JSON.stringify({ ms, cpu_ms: Math.round((cpu.user + cpu.system) / 1000), changes, rss_mb: Math.round(rss / 1024) })}\n`,
)
