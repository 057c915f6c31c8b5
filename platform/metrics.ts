import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

/** What Prometheus reads. Labels come from closed lists (`target`, `kind`, `result`, `state`…), never a person. */
export interface Metrics {
  readonly promises: Counter<'kind' | 'target' | 'result'>
  readonly students: Gauge<'state'>
  readonly promiseOldestPending: Gauge<'kind' | 'target'>
  readonly passwordEffective: Histogram<'target'>
  readonly accountReady: Histogram<'target'>
  readonly targetUp: Gauge<'target'>
  readonly targetCircuit: Gauge<'target' | 'state'>
  readonly targetLastSettled: Gauge<'target'>
  readonly targetUnsettled: Gauge<'target'>
  readonly changes: Counter<'target' | 'kind' | 'result'>
  readonly planHeld: Gauge<'target'>
  readonly driftEntries: Gauge<'target'>
  readonly feedLastAccepted: Gauge
  readonly feedRows: Gauge
  readonly feedRefused: Counter<'reason'>
  readonly letters: Counter<'kind' | 'result'>
  readonly bounces: Counter<'result'>
  readonly activations: Counter<'result'>
  readonly resetRequests: Counter
  readonly resets: Counter<'result'>
  readonly keysRevealed: Counter
  readonly sharedAddressStudents: Gauge
  readonly ldapRequests: Counter<'operation' | 'result'>
  readonly leader: Gauge<'target'>
  readonly canaryResult: Gauge<'target' | 'result'>
  readonly canaryLastSuccess: Gauge<'target'>
  readonly canaryBind: Histogram<'target'>
  readonly canaryEffective: Histogram<'target'>
  readonly requestsCounted: Counter<'by'>
  /** Everything, in the text format of Prometheus. */
  text(): Promise<string>
  readonly contentType: string
  /** Called before each reading, to fill gauges from the registry. If it rejects, the last values stay: metrics are
   *  needed most when something else is down. Telling of the failure is up to `observer`. */
  onRead(observer: () => Promise<void>): void
}

/** Upper bounds in seconds. The promise itself is a bucket (3,600 s for a password, 172,800 s for an account), so
 *  that the share of promises kept is read off exactly. */
const passwordBuckets = [1, 2, 5, 10, 30, 60, 300, 900, 1_800, 3_600, 7_200, 21_600]
const bindBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const accountBuckets = [5, 30, 60, 300, 900, 3_600, 14_400, 43_200, 86_400, 172_800, 345_600]

/** Every metric of the house, each declared once, in a registry of its own, with those of Node beside them. */
export function createMetrics(version: string): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const counter = <Label extends string = never>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
  ) => new Counter<Label>({ name: `matricule_${name}`, help, labelNames: [...labelNames], registers })
  const gauge = <Label extends string = never>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
  ) => new Gauge<Label>({ name: `matricule_${name}`, help, labelNames: [...labelNames], registers })
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram<'target'>({ name: `matricule_${name}`, help, labelNames: ['target'], buckets, registers })

  gauge('build_info', 'The version that runs, as a label; always 1.', ['version']).set({ version }, 1)
  const observers: (() => Promise<void>)[] = []

  return {
    promises: counter('promise_total', 'Promises kept or broken.', ['kind', 'target', 'result']),
    students: gauge('students', 'Students by state of their account.', ['state']),
    promiseOldestPending: gauge(
      'promise_oldest_pending_seconds',
      'Age of the oldest promise that is neither kept nor broken.',
      ['kind', 'target'],
    ),
    passwordEffective: histogram(
      'password_effective_seconds',
      'From the choice of a password to its presence in the target.',
      passwordBuckets,
    ),
    accountReady: histogram(
      'account_ready_seconds',
      'From activation to the account in the target.',
      accountBuckets,
    ),
    targetUp: gauge('target_up', '1 when the target answered last time, else 0.', ['target']),
    targetCircuit: gauge(
      'target_circuit',
      'Whether a target is asked (closed), left alone since it did not answer (open), or tried again; 1 for what holds.',
      ['target', 'state'],
    ),
    targetLastSettled: gauge(
      'target_last_settled_timestamp_seconds',
      'Instant of the last pass that left nothing to do in the target (Unix time).',
      ['target'],
    ),
    targetUnsettled: gauge('target_unsettled', 'Students whose entry awaits the target.', ['target']),
    changes: counter('changes_total', 'Changes sent to a target.', ['target', 'kind', 'result']),
    planHeld: gauge('plan_held', 'Changes held until a person approves them.', ['target']),
    driftEntries: gauge('drift_entries', 'Entries that somebody else changed.', ['target']),
    feedLastAccepted: gauge(
      'feed_last_accepted_timestamp_seconds',
      'Instant at which the last snapshot was accepted (Unix time).',
    ),
    feedRows: gauge('feed_rows', 'Rows of the last accepted snapshot.'),
    feedRefused: counter('feed_refused_total', 'Snapshots refused or held.', ['reason']),
    letters: counter('letters_total', 'Letters by kind and outcome.', ['kind', 'result']),
    bounces: counter('bounces_total', 'Messages read in the mailbox of returned letters.', ['result']),
    activations: counter('activations_total', 'Activations attempted.', ['result']),
    resetRequests: counter('reset_requests_total', 'Reset requests, whatever became of them.'),
    resets: counter('resets_total', 'Resets attempted with a link.', ['result']),
    keysRevealed: counter('keys_revealed_total', 'Activation keys shown by the helpdesk.'),
    sharedAddressStudents: gauge(
      'shared_address_students',
      'Students blocked because their personal address is shared.',
    ),
    ldapRequests: counter('ldap_requests_total', 'Requests answered by the embedded directories.', [
      'operation',
      'result',
    ]),
    leader: gauge('leader', '1 when this process leads the target, else 0.', ['target']),
    canaryResult: gauge(
      'canary_result',
      'What became of the last try of the canary; 1 for what holds, told by who leads the target.',
      ['target', 'result'],
    ),
    canaryLastSuccess: gauge(
      'canary_last_success_timestamp_seconds',
      'Instant at which its right password last opened, and a wrong one did not (Unix time).',
      ['target'],
    ),
    canaryBind: histogram(
      'canary_bind_seconds',
      'From the connection to the answer, with the right password.',
      bindBuckets,
    ),
    canaryEffective: histogram(
      'canary_effective_seconds',
      'From the choice of its password until it first opened, found out once in a period.',
      passwordBuckets,
    ),
    requestsCounted: counter('requests_counted_total', 'Requests that the coarse limit counted, by whom.', [
      'by',
    ]),
    contentType: registry.contentType,
    onRead: (observer) => void observers.push(observer),
    async text() {
      await Promise.allSettled(observers.map((observe) => observe()))
      return registry.metrics()
    },
  }
}
