-- Somebody asked that one student be read again at the source; the daemon that reads the source answers.
create table read_again (
  id bigint generated always as identity primary key,
  -- perhaps of somebody who is not known yet
  number text not null check (number ~ '^[0-9]{7,8}$'),
  asked_by text not null,
  asked_at timestamptz not null,
  answered_at timestamptz,
  result text check (result in ('changed', 'unchanged', 'absent', 'held', 'refused', 'impossible')),
  -- why it was held or refused: a code of docs/errors.md
  code text,
  -- by the clock of the source: a snapshot taken earlier says less of this student
  read_at timestamptz,
  check ((answered_at is null) = (result is null))
);
create index read_again_open on read_again (id) where answered_at is null;
create index read_again_newest on read_again (read_at) where read_at is not null;

-- Whose activation key the source of keys (keys.source) has not given, or not in a form that can be taken.
create table key_fault (
  number text primary key references person (number),
  reason text not null check (reason in ('missing', 'malformed', 'collision', 'used')),
  since timestamptz not null
);

-- Whether a supplied key is or was somebody's.
create index activation_key_mac on activation_key (mac);
