/** Loaded before a program (`node --import`), it sets the program's calendar CLOCK_AHEAD_MS ahead, in all its threads.
 *  Durations and sleeps stay what they are. */
const ahead = Number(process.env['CLOCK_AHEAD_MS'] ?? 0)
const real = Date
const now = () => real.now() + ahead

globalThis.Date = new Proxy(real, {
  construct: (target, given, made) =>
    Reflect.construct(target, given.length === 0 ? [now()] : given, made) as Date,
  get: (target, name, receiver) => (name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown)),
})
