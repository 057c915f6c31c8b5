-- Who leads, where several daemons run on one registry: one for each directory, and one for the source and the letters.

create table lease (
  name text primary key,
  holder text not null,
  -- by the clock of the database, since every daemon has its own
  expires_at timestamptz not null
);
