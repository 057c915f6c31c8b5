import { z } from 'zod'
import { group, key } from './group.ts'
import { count, share } from './parts.ts'

/** Brakes, limits and the pace of the work. */
export const workSettings = {
  feed: group('Judging a snapshot.', {
    max_set_aside_share: key(share.default(0.01), 'Share of bad rows above which a snapshot is refused.'),
    max_file_mib: key(count(1, 65_536).default(512), 'Largest file of a drop, in MiB.'),
    vanished_after_snapshots: key(
      count(1, 1_000).default(3),
      'Snapshots without a row before it is listed as vanished.',
    ),
    vanished_after_days: key(count(0, 3_650).default(14), 'Days without it, besides.'),
  }).prefault({}),
  guard: group('The brake on losses: it holds above both bounds, until a person approves.', {
    max_removals: key(count(0, 10_000_000).default(20), 'Losses at once that pass without a person.'),
    max_share: key(share.default(0.01), 'Share of all students that may lose at once.'),
    max_drift: key(
      share.default(0.05),
      'Share of entries changed by somebody else above which repairs are held.',
    ),
  }).prefault({}),
  daemon: group('The pace of the daemon.', {
    pass_interval_seconds: key(count(1, 86_400).default(60), 'Time between two full passes.'),
    whole_scan_seconds: key(
      count(1, 604_800).default(3_600),
      'A directory whose changes can be followed is read whole at least as often.',
    ),
    operation_timeout_seconds: key(count(1, 600).default(10), 'Longest that one LDAP operation may take.'),
    breaker_failures: key(
      count(1, 10_000).default(5),
      'Acts in a row that a directory may leave unanswered before it is left alone for a while.',
    ),
    breaker_longest_seconds: key(
      count(1, 3_600).default(30),
      'Longest that a directory which does not answer is left alone before it is tried again; a second at first.',
    ),
    lease_seconds: key(
      count(3, 3_600).default(30),
      'How long a daemon leads without a word to the registry; where several run, another takes over after it.',
    ),
    window: key(
      count(1, 1_000).default(32),
      'LDAP operations in flight per connection; OpenLDAP closes beyond about 1,000.',
    ),
  }).prefault({}),
  canary: group(
    'The canary: a login of nobody in every directory that is written, by which sign-in is tried (decision 023).',
    {
      enabled: key(
        z.boolean().default(true),
        'Whether there is one; false takes its entries away again. The demonstration has none unless told so.',
      ),
      login: key(
        z
          .string()
          .regex(
            /^(?![0-9]{7,8}$)[a-z0-9][a-z0-9._-]{0,63}$/,
            'must be 1 to 64 of a-z, 0-9, dot, hyphen and underscore, and no student number (7 or 8 digits)',
          )
          .default('matricule-canari'),
        "Its login, in no feed and nobody else's.",
      ),
      period_seconds: key(
        count(10, 86_400).default(300),
        'Time between two tries; in each of them at most one bind fails, in each directory.',
      ),
      renew_hours: key(count(1, 8_760).default(24), 'Age at which it is given another password.'),
    },
  ).prefault({}),
  reports: group('The daily report of what is only observed (targets.<name>.mode, letters.mode).', {
    to: key(
      z.array(z.email('must be an address')).max(20).default([]),
      'Addresses that it is mailed to; empty: it is told in the log and by matricule plan alone.',
    ),
    sample: key(count(0, 1_000).default(20), 'Students that it names at most, without any value.'),
    keep_days: key(count(1, 3_650).default(90), 'Days for which it is kept.'),
  }).prefault({}),
  limits: group('Throttling, per student and network, and per network.', {
    key_failures: key(
      count(1, 10_000).default(5),
      'Wrong keys for one student from one network in the window.',
    ),
    key_window_seconds: key(count(1, 86_400).default(900), 'That window.'),
    network_failures: key(
      count(1, 1_000_000).default(3_000),
      'Wrong keys and links from one network in its window; a whole campus may stand behind one address.',
    ),
    network_window_seconds: key(count(1, 86_400).default(900), 'That window.'),
    reset_letters_per_hour: key(
      count(1, 100).default(3),
      'Letters that reset requests may bring to one address in an hour.',
    ),
    judgements_per_minute: key(
      count(1, 10_000_000).default(3_000),
      'Passwords judged while they are typed, from one network in a minute; apart from the other requests.',
    ),
    requests_per_minute: key(count(1, 10_000_000).default(3_000), 'Requests from one network in a minute.'),
  }).prefault({}),
  log: group('The log, JSON lines on standard error.', {
    level: key(
      z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
      'Least that is written.',
    ),
  }).prefault({}),
} as const
