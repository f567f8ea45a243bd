-- Who may do what. Secrets are kept as hashes only.
create table orchestrator.access_user (
  name text primary key check (name = lower(name)),
  role text not null,
  password_hash text not null,
  is_disabled boolean not null default false,
  created_at timestamptz not null
);

-- A browser that is logged in. Whoever ends a login deletes its row.
create table orchestrator.access_session (
  secret_hash bytea primary key,
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

-- Attempts to log in that failed, by user and by address; the key is a hash, since people type passwords into the wrong field.
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

-- Every change that somebody asked for, done or not.
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
