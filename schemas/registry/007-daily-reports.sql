-- What is only observed: the daily report of what would change, one for each day.

create table daily_report (
  -- a target; empty: the letters
  target text not null,
  -- day of Paris, YYYY-MM-DD
  day text not null,
  -- counts, and a sample by numbers and attribute names: no value ever stands here
  differences jsonb not null,
  written_at timestamptz not null,
  primary key (target, day)
);
