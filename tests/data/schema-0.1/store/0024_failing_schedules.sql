-- Why a schedule cannot run, such as a workflow that is gone or a rule that cannot be read; null while it can.
alter table orchestrator.schedule add column failure text, add column failing_since timestamptz;
