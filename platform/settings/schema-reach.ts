import { z } from 'zod'
import { group, key } from './group.ts'
import {
  count,
  guardedUrl,
  host,
  name,
  path,
  port,
  secretUrl,
  text,
  timeOfDay,
  url,
  urlOrNothing,
} from './parts.ts'
import { targetsSchema } from './targets.ts'

const directory = (description: string, defaultPort: number) =>
  group(description, {
    host: key(host.default('127.0.0.1'), 'Address on which the embedded directory listens.'),
    port: key(port.default(defaultPort), 'Port of the embedded directory; 0 takes any free one.'),
  }).prefault({})

/** What Matricule listens on and what it connects to. */
export const reachSettings = {
  public: group('How students reach the page.', {
    base_url: key(
      url('https', 'http')
        .refine((value) => !/[?#]/.test(value), 'must have no query and no fragment')
        .transform((value) => value.replace(/\/+$/, ''))
        .nullable()
        .default(null),
      'Address of the page as students see it, before /creation-motdepasse; every link in a letter starts with it.',
    ),
  }).prefault({}),
  web: group('The page, the helpdesk and the CAS back end.', {
    host: key(host.default('127.0.0.1'), 'Address on which the page listens.'),
    port: key(port.default(8080), 'Port of the page; 0 takes any free one.'),
    trust_proxy: key(
      z
        .array(
          z
            .string()
            .regex(/^[0-9A-Fa-f:.]+(\/\d{1,3})?$/, 'must be an address or a network such as 10.0.0.0/8'),
        )
        .max(100)
        .default([]),
      'Addresses or networks of the proxies in front, whose X-Forwarded-For is believed; empty: nobody is.',
    ),
    limiter_url: key(
      secretUrl('redis', 'rediss').nullable().default(null),
      'Redis that counts requests for several processes (rediss:// by TLS); absent, or while it is away: each counts its own.',
    ),
    limiter_ca_file: key(
      path.nullable().default(null),
      'Certificates (PEM) to trust there instead of those of the system.',
    ),
    limiter_prefix: key(
      z
        .string()
        .regex(/^[\w:.-]{1,100}$/, 'must be letters, digits and : . _ - alone')
        .default('matricule:'),
      'What its keys begin with; the networks themselves stand there as digests only.',
    ),
    limiter_timeout_ms: key(count(1, 10_000).default(100), 'Longest that a request waits for it.'),
  }).prefault({}),
  ops: group('The server for those who operate: /metrics, /healthz, /readyz.', {
    host: key(host.default('127.0.0.1'), 'Address on which it listens; nothing there asks who reads.'),
    port: key(port.default(9464), 'Its port; 0 takes any free one.'),
  }).prefault({}),
  ldap: group('The embedded directories, for each target without an address.', {
    primary: directory('The embedded primary directory.', 3890),
    paris_sorbonne: directory('The embedded Paris-Sorbonne directory.', 3891),
    upmc: directory('The embedded UPMC directory.', 3892),
  }).prefault({}),
  inbox: group('The inbox of the demonstration, which catches every letter.', {
    smtp_port: key(port.default(1025), 'Its SMTP port; 0 takes any free one.'),
    port: key(port.default(8025), 'Port of its page; 0 takes any free one.'),
  }).prefault({}),
  sign_in: group('The sign-in of the demonstration: members of staff that anybody may be.', {
    host: key(host.default('127.0.0.1'), 'Address on which it listens.'),
    port: key(port.default(8090), 'Its port; 0 takes any free one.'),
  }).prefault({}),
  registry: group('What Matricule remembers.', {
    url: key(
      z
        .union([z.literal(''), secretUrl('postgres', 'postgresql')], {
          error: 'must be empty, or an address that starts with postgres:// or postgresql://',
        })
        .default('')
        .meta({ format: 'secret' }),
      'PostgreSQL that holds the registry; empty: the embedded one, under the home.',
    ),
    connections: key(count(1, 1_000).default(10), 'Connections to it at most, in each process.'),
    prepared: key(
      z.boolean().default(true),
      'Whether it keeps what is asked often prepared; no where a pooler gives each transaction another connection and does not follow prepared statements.',
    ),
    connect_timeout_seconds: key(count(1, 600).default(10), 'Longest wait for one of them.'),
    statement_timeout_seconds: key(
      count(1, 3_600).default(30),
      'Longest that a statement, or a transaction that stands still, may last.',
    ),
  }).prefault({}),
  targets: targetsSchema,
  source: group('Where enrolments come from.', {
    kind: key(
      z.enum(['drop', 'oracle', 'postgres']).nullable().default(null),
      'drop (a folder of CSV files), oracle or postgres; absent: the demonstration.',
    ),
    path: key(path.nullable().default(null), 'Folder of the drop.'),
    url: key(
      secretUrl('oracle', 'postgres', 'postgresql').nullable().default(null),
      'Database of the source, such as oracle://user:password@host:1521/service.',
    ),
    interval_seconds: key(count(1, 86_400).default(300), 'Time between two looks at the drop.'),
    changes_every_minutes: key(
      count(1, 1_440).default(60),
      'Time between two readings of a database for whoever has moved since the last one.',
    ),
    full_at: key(
      timeOfDay.default('04:00'),
      'Time of day (Europe/Paris) after which a database is read whole, once a day: addresses bear no date of change.',
    ),
    overlap_minutes: key(
      count(60, 1_440).default(120),
      'How far a reading of changes goes back beyond the last one: clocks, long transactions, the hour of October.',
    ),
    schema: key(
      z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_$#]{0,127}$/, 'must be the name of a schema')
        .nullable()
        .default(null),
      "Schema of Apogée's tables in the database; absent: where the account looks by itself.",
    ),
    connect_timeout_seconds: key(
      count(1, 600).default(10),
      'Longest until the database of the source answers.',
    ),
    statement_timeout_seconds: key(
      count(1, 86_400).default(300),
      'Longest that the database may take for one batch of rows, the first one included.',
    ),
    merges: key(
      path.nullable().default(null),
      'File OLD;NEW of students who were recorded twice: the old number has no right any more.',
    ),
    vanished_after_days: key(
      count(1, 365).default(14),
      'Days after which whoever the record does not show any more is told as vanished…',
    ),
    vanished_after_snapshots: key(count(1, 1_000).default(3), '… and full snapshots.'),
  }).prefault({}),
  helpdesk: group('The helpdesk; off until an issuer is given.', {
    issuer: key(guardedUrl.default(''), 'OpenID Connect issuer of the staff sign-in; empty: no helpdesk.'),
    client_id: key(text.default(''), 'Our name at the issuer.'),
    client_secret_file: key(path.nullable().default(null), 'File that holds our secret at the issuer.'),
    role_claim: key(name.default('roles'), 'Claim that lists support, registrar, security, operator.'),
    scope_claim: key(
      name.default('faculties'),
      'Claim that lists the faculties (or composantes) a person may see; who has no such claim sees all.',
    ),
    scopes: key(z.array(name).max(20).default(['profile']), 'What is asked of the issuer beside openid.'),
    session_minutes: key(count(1, 1_440).default(480), 'Longest that a sign-in lasts.'),
    idle_minutes: key(count(1, 1_440).default(30), 'Longest that it lasts without being used.'),
    reveals_per_hour: key(
      count(1, 10_000).default(20),
      'Keys that one member of staff may be shown, or replace, in an hour.',
    ),
    rereads_per_hour: key(
      count(1, 10_000).default(60),
      'Students whom one member of staff may have read again at the source in an hour.',
    ),
    resends_per_hour: key(
      count(1, 1_000).default(5),
      'Letters to one student that staff may send again in an hour.',
    ),
  }).prefault({}),
  cas: group('The back end for CAS; off until users are given.', {
    users_file: key(
      path.nullable().default(null),
      'File of the Basic credentials CAS uses; absent: no back end.',
    ),
  }).prefault({}),
  zimbra: group('Mailboxes; off until an address is given.', {
    url: key(
      guardedUrl.default(''),
      'SOAP administration address of Zimbra, such as https://zimbra.example.org:7071/service/admin/soap/ (that path if it has none); empty: no mailboxes.',
    ),
    admin: key(text.default(''), 'Administrator account of the domain; needed with an address.'),
    password_file: key(
      path.nullable().default(null),
      'File that holds its password; needed with an address.',
    ),
    ca_file: key(
      path.nullable().default(null),
      'Certificates (PEM) to trust instead of those of the system.',
    ),
    mode: key(z.enum(['write', 'observe']).default('write'), 'observe reads and reports, and never writes.'),
    created_by: key(
      z.enum(['matricule', 'zimbra']).default('matricule'),
      'Who makes mailboxes: zimbra does it by itself, from the primary directory (docs/zimbra.md).',
    ),
    forward_by_default: key(
      z.boolean().default(true),
      'Whether a new mailbox forwards to the usable personal address, keeping a copy.',
    ),
    compare_every_minutes: key(
      count(1, 1_440).default(60),
      'Least time between two listings of the whole domain; whoever must change is settled all the while.',
    ),
    connections: key(
      count(1, 100).default(8),
      'Connections at the same time, for what a student waits for and for passes each.',
    ),
    listing_timeout_seconds: key(
      count(10, 3_600).default(300),
      'Longest that Zimbra may take to list a domain.',
    ),
  }).prefault({}),
  links: group('Links that the page offers.', {
    webmail: key(urlOrNothing('https', 'http').default('https://zcs.sorbonne-universite.fr'), 'The webmail.'),
    ent: key(
      urlOrNothing('https', 'http').default(''),
      'The digital workspace (ENT) of Paris-Sorbonne; empty: not shown.',
    ),
    ent_upmc: key(urlOrNothing('https', 'http').default(''), 'The workspace of UPMC; empty: not shown.'),
    cas: key(urlOrNothing('https', 'http').default(''), 'Where one signs in; empty: not shown.'),
    services: key(
      z.array(url('https', 'http')).max(200).default([]),
      'Services that may send a student to the page by `?service=`, and are offered at its end: each of these addresses, and what lies below it.',
    ),
  }).prefault({}),
} as const
