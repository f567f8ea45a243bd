-- Of an activity that a rerun took over: the run in which it really executed, and its number there.
alter table orchestrator.activity_execution add column reused_from uuid, add column reused_number integer;

-- The attempts at one and the same work.
create index run_of_root on orchestrator.run (root_run, created_at) where rerun_of is not null;
