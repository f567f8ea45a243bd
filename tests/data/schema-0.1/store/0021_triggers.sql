-- The activity of a published workflow that a schedule belongs to, such as a Timer that starts runs; null for the schedule of a person.
alter table orchestrator.schedule add column trigger_activity text;
create index schedule_of_workflow on orchestrator.schedule (definition_id) where trigger_activity is not null and deleted_at is null;
