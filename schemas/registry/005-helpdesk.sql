-- Members of staff who are signed in to the helpdesk. What the cookie holds is not here, only its digest.

create table staff_session (
  -- SHA-256 of what the cookie holds, in hexadecimal
  digest text primary key,
  -- who it is at the provider, and what they are called there
  subject text not null,
  name text not null,
  roles text[] not null,
  -- the composantes they may see; null: all
  scope text[],
  -- sealed: the hint with which the provider is told of the sign-out
  sealed_hint text not null,
  created_at timestamptz not null,
  seen_at timestamptz not null,
  expires_at timestamptz not null
);
create index staff_session_expiry on staff_session (expires_at);

-- How to find a student by name: whoever knows them rarely knows the accents.
create index person_names on person (lower(birth_name), lower(first_name));
create index letter_recent on letter (created_at desc);
