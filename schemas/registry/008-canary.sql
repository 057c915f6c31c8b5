-- The canary: a login of nobody, by which sign-in is tried in each directory. It stands in no table of students.

create table canary (
  target text primary key,
  login text not null,
  -- the name that was claimed for its entry, and the entryUUID once it was read back: by them it is ours
  dn text,
  entry_uuid text,
  -- its password and the verifier of it, sealed, with the MAC that stands in for the verifier
  scheme text,
  sealed_password text,
  sealed_verifier text,
  mac text,
  chosen_at timestamptz,
  -- whether this password was written and read back, and when it first opened
  written boolean not null default false,
  effective_at timestamptz,
  -- when it was last taken in hand: at most one try in a period, whoever leads
  tried_at timestamptz not null,
  result text check (result in ('fine', 'refused', 'open', 'unanswered', 'unwritten')),
  succeeded_at timestamptz,
  -- tries in a row in which the right password was refused
  refusals integer not null default 0
);
