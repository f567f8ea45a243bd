-- Who may do what, who did what, and the secrets of activities. Passwords and tokens are kept as hashes only.

create table orchestrator.access_user (
  name text primary key check (name = lower(name)),
  role text not null,
  password_hash text not null,
  is_disabled boolean not null default false,
  created_at timestamptz not null
);

-- A browser that is logged in. Ending a login deletes its row.
create table orchestrator.access_session (
  secret_hash bytea primary key,
  -- Of the token that the Studio's page sends instead of the cookie. It is part of this row, so that it ends with the login.
  studio_hash bytea unique,
  user_name text not null references orchestrator.access_user on delete cascade,
  address text not null,
  created_at timestamptz not null,
  seen_at timestamptz not null
);
create index access_session_of_user on orchestrator.access_session (user_name);

create table orchestrator.access_token (
  name text primary key,
  secret_hash bytea not null unique,
  user_name text not null references orchestrator.access_user on delete cascade,
  role text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  last_used_at timestamptz
);

-- Failed logins, by user and by address. The key is a hash, since people type passwords into the wrong field.
create table orchestrator.access_failure (
  key bytea primary key,
  failures integer not null,
  last_at timestamptz not null,
  blocked_until timestamptz
);

-- The keys that sign the forms of pages, the same for every server on this database.
create table orchestrator.access_form_key (
  name text primary key,
  xml text not null
);

-- Every change that was requested, done or refused.
create table orchestrator.audit (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  who text not null,
  address text not null,
  action text not null,
  resource text not null,
  result text not null
);
create index audit_of_person on orchestrator.audit (who, id desc);

-- Values that activities need and nobody may see. They are encrypted; the keys are not in the database.
create table orchestrator.secret (
  name text primary key,
  value bytea not null,
  -- The hosts that the secret may be sent to, separated by commas; null for any host.
  hosts text,
  version bigint not null default 1,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  changed_by text not null
);
