-- Who may do what: the application sees one establishment at a time, the worker sees routing of all and nothing clinical.
-- Why so: FORCE binds the owner too; USING and WITH CHECK on every policy; no sub-select in a policy (four times the cost, and
-- refused on Citus); reports, verdicts and events are append-only by what is granted, not by good will.

do $$
declare t text;
begin
    foreach t in array array['staff', 'patient', 'access', 'push_device', 'course', 'report', 'report_conflict', 'verdict', 'intake',
                             'duty', 'alert', 'escalation', 'notification', 'event'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy one_establishment on %I to vigie_app, vigie_owner '
                       'using (establishment_id = asking_establishment()) '
                       'with check (establishment_id = asking_establishment())', t);
    end loop;
    foreach t in array array['staff', 'access', 'push_device', 'duty', 'alert', 'escalation', 'notification', 'event'] loop
        execute format('create policy routing on %I to vigie_worker using (true) with check (true)', t);
    end loop;
end $$;

grant select on clock, establishment to vigie_app;
grant select on clock to vigie_worker;
grant select (id, timezone) on establishment to vigie_worker;
grant select, insert on staff, patient, access, course, report, report_conflict, verdict, intake, duty, event to vigie_app;
grant update (locale, disabled_at) on staff to vigie_app;
grant update (left_at, locale, timezone, identity) on patient to vigie_app;
grant update (until_at) on access to vigie_app;
grant update (state, ended_at) on course to vigie_app;
grant select, insert, update on push_device, alert, escalation, notification to vigie_app;
grant select, insert, update on account, session, one_time_code, throttle to vigie_app;
grant delete on throttle, duty to vigie_app;

grant select on staff, push_device, duty to vigie_worker;
grant select, insert on access to vigie_worker;
grant update (dropped_at, last_receipt_at) on push_device to vigie_worker;
grant select (establishment_id, id, patient_id, version, round, state, level, emergency, recipient, opened_at, changed_at, acknowledge_due_at, contact_due_at, escalated_to) on alert to vigie_worker;
grant update (version, state, changed_at, escalated_to) on alert to vigie_worker;
grant select, insert, update on escalation, notification, lease to vigie_worker;
grant select on lease to vigie_app;
grant select, insert on event to vigie_worker;
grant update (seq, chain) on event to vigie_worker;
grant select (account_id, last_seen_at, expires_at, ended_at, purpose), delete on session to vigie_worker;
grant select (id, establishment_id, person_id) on account to vigie_worker;
grant select, delete on throttle, one_time_code to vigie_worker;
