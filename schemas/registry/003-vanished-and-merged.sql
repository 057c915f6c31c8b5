-- Who is in the record no more, and who was recorded twice.

alter table person
  -- a person has agreed that what the record no longer shows is over
  add column vanished_at timestamptz,
  -- the same human being under another number, which goes on (merges.csv)
  add column merged_into text;
create index person_missing on person (missing_since) where missing_since is not null;
create index enrolment_missing on enrolment (number) where missing_since is not null;

alter table hold drop constraint hold_kind_check;
alter table hold add constraint hold_kind_check
  check (kind in ('years', 'losses', 'removals', 'drift', 'vanished'));
