-- Mailboxes: a target that has no password, and what we remember of their forwarding.

alter table target
  -- whether a password is written there, and promised
  add column bears_password boolean not null default true;

create table forwarding (
  number text primary key references account (number),
  -- what we last set; null: nowhere
  address text,
  -- written down before the mailbox is told: until it has answered, it may still have what it had before
  unsure boolean not null,
  before text,
  -- what the student had chosen when we turned it off with the account; empty: nowhere
  chosen text,
  -- turned off with the account
  off boolean not null
);

-- A mailbox is known again by its identifier, whatever it is called now.
create index settlement_mailbox on settlement (entry_uuid) where target = 'mailbox';
