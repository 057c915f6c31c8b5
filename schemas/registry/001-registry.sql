-- What we remember. PostgreSQL dialect, the same on PGlite and on PostgreSQL 15 and later.
-- Plain SQL, forward only; civil days are text (YYYY-MM-DD), instants are timestamptz in UTC.

-- ── Facts: what the source says ──────────────────────────────────────────────────────────────────────

create table snapshot (
  id bigint generated always as identity primary key,
  number bigint not null,
  digest text not null,
  taken_at timestamptz not null,
  kind text not null check (kind in ('full', 'delta')),
  open_years text[] not null,
  rows integer not null,
  state text not null check (state in ('accepted', 'refused', 'held')),
  reason text,
  judged_at timestamptz not null
);
create index snapshot_newest on snapshot (id desc) where state = 'accepted';

create table set_aside (
  snapshot bigint not null references snapshot (id),
  file text not null,
  line integer not null,
  number text,
  reason text not null,
  primary key (snapshot, file, line)
);

create table person (
  number text primary key check (number ~ '^[0-9]{7,8}$'),
  ine text,
  birth_name text not null,
  usage_name text,
  first_name text,
  second_name text,
  chosen_first_name text,
  birth_date text,
  sex text,
  civility text,
  first_year text,
  fixed_address text,
  annual_address text,
  mobile text,
  -- the effective address, and its one spelling for comparison
  address text,
  address_canonical text,
  address_state text not null check (address_state in ('usable', 'missing', 'invalid', 'institutional')),
  -- somebody else with a right or grace has the same address
  address_shared boolean not null default false,
  -- since when the address is what it is, and usable
  address_since timestamptz not null,
  digest text not null,
  first_seen_at timestamptz not null,
  missing_since timestamptz,
  -- facts have changed and nothing has followed from them yet
  unjudged boolean not null default true
);
create index person_address on person (address_canonical) where address_canonical is not null;
create index person_unjudged on person (number) where unjudged;

create table enrolment (
  number text not null references person (number),
  year text not null,
  step text not null,
  step_version text not null,
  occurrence text not null,
  diploma text,
  component text,
  component_label text,
  state text not null check (state in ('E', 'A', 'R', 'C')),
  payment text,
  main boolean not null,
  created_at timestamptz,
  modified_at timestamptz,
  cancelled_at timestamptz,
  regime text,
  sector text,
  diploma_type text,
  cursus text,
  seen_at timestamptz not null,
  missing_since timestamptz,
  primary key (number, year, step, step_version, occurrence)
);

-- ── Decisions: what follows from the facts ───────────────────────────────────────────────────────────

create table account (
  number text primary key references person (number),
  state text not null default 'none'
    check (state in ('none', 'invited', 'active', 'suspended', 'closed', 'purged')),
  locked boolean not null default false,
  -- moves with everything that a directory must say differently; only the newest is written
  version bigint not null default 1,
  right_kind text not null default 'none' check (right_kind in ('open', 'grace', 'none')),
  right_years text[] not null default '{}',
  right_reason text not null default 'NEVER_ENROLLED',
  right_since timestamptz,
  left_at timestamptz,
  last_right_year text,
  mail text,
  activated_at timestamptz,
  state_since timestamptz not null
);
create index account_leaving on account (left_at) where left_at is not null and state in ('active', 'suspended', 'closed');

create table activation_key (
  number text not null references account (number),
  version integer not null,
  state text not null check (state in ('waiting', 'used', 'replaced')),
  mac text not null,
  -- the copy for card, certificate and helpdesk; erased on use
  sealed text,
  created_at timestamptz not null,
  ended_at timestamptz,
  primary key (number, version)
);
create unique index activation_key_waiting on activation_key (number) where state = 'waiting';

create table reset_token (
  -- SHA-256 of the token, in hexadecimal: the token itself is never kept
  digest text primary key,
  number text not null references account (number),
  requested_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  voided_at timestamptz
);
create index reset_token_open on reset_token (number) where used_at is null and voided_at is null;

create table verifier (
  number text not null references account (number),
  scheme text not null,
  sealed text not null,
  mac text not null,
  chosen_at timestamptz not null,
  primary key (number, scheme)
);

-- Every address ever given, and every one found taken elsewhere (number is null). Rows are never deleted.
create table institutional_address (
  address text primary key check (address = lower(address)),
  number text references account (number),
  found_in text,
  claimed_at timestamptz not null
);
create index institutional_address_bearer on institutional_address (number);

-- ── Directories: where it stands ─────────────────────────────────────────────────────────────────────

create table target (
  name text primary key,
  position integer not null
);

create table settlement (
  target text not null,
  number text not null references account (number),
  state text not null check (state in ('settled', 'unsettled', 'held', 'refused')),
  -- the account version last written and read back
  version bigint,
  -- ownership: the entry is ours, and this is how we know it again
  dn text,
  entry_uuid text,
  written_digest text,
  attempts integer not null default 0,
  next_at timestamptz not null,
  settled_at timestamptz,
  code text,
  detail text,
  primary key (target, number)
);
create index settlement_unsettled on settlement (target, next_at) where state = 'unsettled';

create table hold (
  digest text primary key,
  kind text not null check (kind in ('years', 'losses', 'removals', 'drift')),
  target text,
  detail text not null,
  created_at timestamptz not null,
  approved_at timestamptz,
  approved_by text,
  ended_at timestamptz
);
create table hold_member (
  digest text not null references hold (digest),
  number text not null,
  primary key (digest, number)
);
create index hold_member_number on hold_member (number);

-- ── Letters and promises ─────────────────────────────────────────────────────────────────────────────

create table letter (
  id uuid primary key,
  kind text not null,
  number text references account (number),
  -- null: the address on record when it leaves
  address text,
  -- at most one letter per reason: key version and year, address and year…
  once text unique,
  state text not null check (state in ('due', 'withheld', 'sent', 'retrying', 'bounced', 'refused', 'cancelled')),
  due_at timestamptz not null,
  next_at timestamptz not null,
  -- a sender that dies leaves its claim behind, and it runs out
  claimed_until timestamptz,
  attempts integer not null default 0,
  first_tried_at timestamptz,
  facts jsonb not null default '{}',
  -- what must not be read here (a reset token), until the server has accepted the letter
  sealed text,
  expires_at timestamptz,
  reason text,
  created_at timestamptz not null,
  sent_at timestamptz
);
create index letter_due on letter (next_at) where state in ('due', 'retrying');
create index letter_number on letter (number);
create index letter_address on letter (address, created_at) where address is not null;

create table promise (
  id bigint generated always as identity primary key,
  parent bigint references promise (id),
  kind text not null check (kind in ('letter', 'account', 'password')),
  target text,
  number text not null references account (number),
  letter uuid references letter (id),
  started timestamptz not null,
  due timestamptz not null,
  kept timestamptz,
  -- counted as broken when its due passed
  broken boolean not null default false,
  -- no longer owed: what it was promised for has ended
  released timestamptz
);
create index promise_open on promise (due) where kept is null and released is null;
create index promise_number on promise (number);
create index promise_letter on promise (letter) where letter is not null;
create index promise_parent on promise (parent) where parent is not null;

-- Counts that outlive the rows they count, written in the same transaction.
create table tally (
  kind text not null,
  target text not null default '',
  result text not null,
  count bigint not null default 0,
  primary key (kind, target, result)
);

-- ── The door: limits, progress, repeated requests ────────────────────────────────────────────────────

create table failure (
  scope text not null,
  -- a MAC: from which network cannot be read here
  subject text not null,
  -- whose key was tried, for the helpdesk to see
  number text,
  started_at timestamptz not null,
  count integer not null,
  primary key (scope, subject)
);
create index failure_number on failure (number) where number is not null;

-- Somebody asked for a link. The door writes the same for every address; the daemon finds out what is due.
create table reset_request (
  id bigint generated always as identity primary key,
  address_canonical text not null,
  requested_at timestamptz not null
);

create table progress (
  id text primary key,
  number text not null references account (number),
  started_at timestamptz not null,
  expires_at timestamptz not null
);

create table answered_request (
  id text primary key,
  request text not null,
  answer jsonb not null,
  expires_at timestamptz not null
);

-- Small marks of the daemon: which years counted when everyone was last judged…
create table mark (
  name text primary key,
  value text not null
);

-- ── Memory of acts ───────────────────────────────────────────────────────────────────────────────────

create table audit (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  actor text not null,
  action text not null,
  number text,
  facts jsonb not null default '{}'
);
create index audit_number on audit (number, id);

create function audit_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'the audit trail is append-only';
end $$;
create trigger audit_append_only before update or delete or truncate on audit
  for each statement execute function audit_is_append_only();

create table publication (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  path text not null,
  rows integer not null,
  digest text not null
);
