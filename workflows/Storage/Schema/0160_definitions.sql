-- Workflow definitions as people save and publish them. A run keeps its own copy of what it executes, in workflow_definition_version.

create table orchestrator.definition (
  -- Of this version, 16 hexadecimal digits as in Elsa.
  id text primary key,
  definition_id text not null,
  version integer not null check (version > 0),
  name text not null,
  description text,
  tool_version text,
  is_latest boolean not null,
  is_published boolean not null,
  is_readonly boolean not null,
  is_system boolean not null,
  created_at timestamptz not null,
  created_by text,
  -- A version that was published never changes: saving makes the next version.
  published_at timestamptz,
  -- SHA-256 of the document, the same that runs record.
  checksum text not null,
  -- Of the shipped file that this version is a copy of; null if a person saved it.
  shipped_checksum text,
  -- Workflows that it starts by id, so that the users of a workflow are found without reading documents.
  consumes text[] not null,
  -- json, not jsonb: the document is kept letter for letter.
  document json not null,
  unique (definition_id, version)
);
create unique index definition_latest on orchestrator.definition (definition_id) where is_latest;
create unique index definition_published on orchestrator.definition (definition_id) where is_published;

-- The files that shipped. Each is taken or offered once, in whatever order nodes with other files start; a definition that was deleted here
-- does not come back.
create table orchestrator.shipped_definition (
  definition_id text not null,
  checksum text not null,
  seen_at timestamptz not null default clock_timestamp(),
  -- False: a person had changed the copy, so the file is only offered.
  is_taken boolean not null,
  primary key (definition_id, checksum)
);
