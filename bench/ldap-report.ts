/** What a client of `bench/ldap.ts` tells when it ends. */
export interface Reported {
  readonly rate: number
  readonly p50_ms: number
  readonly p99_ms: number
  readonly wrong: number
  readonly answered: number
  /** Answered before that, and not counted. */
  readonly warmed: number
  /** Of the client, for one request: it has one thread, and asks no faster than that. */
  readonly client_cpu_us: number
}

/** Prints it as one line of JSON. @param times milliseconds of each answer that counts */
export function report(
  times: number[],
  {
    seconds,
    wrong,
    warmed,
    spent,
  }: { seconds: number; wrong: number; warmed: number; spent: NodeJS.CpuUsage },
): void {
  times.sort((a, b) => a - b)
  const at = (share: number): number =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  const told: Reported = {
    rate: times.length / seconds,
    p50_ms: at(0.5),
    p99_ms: at(0.99),
    wrong,
    answered: times.length,
    warmed,
    client_cpu_us: (spent.user + spent.system) / times.length,
  }
  process.stdout.write(`${JSON.stringify(told)}\n`)
}
