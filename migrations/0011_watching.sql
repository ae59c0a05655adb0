-- What watchers look for: rungs by when they were taken, to say how late the ladder is.
-- Why so: monitoring asks every quarter of a minute; it must never read the history of years.

create index escalation_done on escalation (done_at) where done_at is not null;
create index notice_tested on notice (establishment_id, target_id, created_at) where kind = 'reachability_test';

grant select (id, name, kind, created_at) on establishment to vigie_worker;
grant select (due_at, done_at) on escalation to vigie_worker;
