-- What the Studio's page shows instead of the cookie of a login. It is part of the login's row: it ends with it.
alter table orchestrator.access_session add column studio_hash bytea unique;
