-- A run of a definition that was sent along, or of a draft: it says nothing of what the published workflow of the same id has done.
alter table orchestrator.run add column is_ad_hoc boolean not null default false;
