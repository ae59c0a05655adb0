-- What an alert episode needs to reach a human and stay with one: owner, hand-over, pause, contact, mute, and its rounds.
-- Why so: an episode may be opened without a report (adherence, missed reports, the risk model), so its verdict is kept on the chart;
-- whoever covers from another establishment is a guest row in `staff` with the same id, so that every key and policy stays as it is;
-- timers are columns with an index (`realert_at`, `contact_due_at`, `paused_until`, `answer_by`), found by sweeps however late.

-- Null: at home. A guest's devices, contacts, locale and sessions are those of the home row.
alter table staff add column home_establishment_id uuid; -- no foreign key: it would not begin with the tenant
create index staff_home on staff (home_establishment_id) where home_establishment_id is not null;

-- The judgement of a patient's chart without a report: append-only, like `verdict`.
create table chart_verdict (
    establishment_id uuid not null,
    patient_id uuid not null,
    id uuid not null,
    source text not null check (source in ('adherence', 'missed_reports', 'read_by_hand', 'risk')),
    level text not null check (level in ('green', 'yellow', 'orange', 'red')),
    emergency boolean not null,
    recipient text not null check (recipient in ('none', 'level1', 'level2', 'oncologist', 'emergency')),
    hold boolean not null,
    reasons text[] not null,
    detail jsonb not null,
    rulebook text not null,
    acknowledge_due_at timestamptz,
    contact_due_at timestamptz,
    judged_at timestamptz not null,
    replayed boolean not null default false,
    primary key (establishment_id, patient_id, id),
    foreign key (establishment_id, patient_id) references patient,
    check (level = 'red' or not emergency)
);
create index chart_verdict_judged on chart_verdict (establishment_id, patient_id, judged_at desc);

-- A report that only says what a nurse has muted: kept and counted, nobody is called, and the patient is told no delay.
alter table verdict add column muted boolean not null default false;

-- The default is for an engine of the release before, while it is still running: its ladders are those of this policy.
alter table alert alter column last_report_id drop not null;
alter table alert
    add column policy text not null default 'standard.2026-01-01', -- the escalation policy it was born with
    add column agreements uuid[] not null default '{}', -- under which a partner may be called for this patient
    add column owner_id uuid,               -- who has it, or had it last: never emptied
    add column contacted_at timestamptz,    -- the patient was spoken to
    add column contact_told_at timestamptz, -- that nobody has spoken to them in time was said
    add column realert_at timestamptz,      -- taken and forgotten: then it is called again
    add column paused_at timestamptz,
    add column paused_until timestamptz,
    add column pause_reason text,
    add foreign key (establishment_id, owner_id) references staff,
    add check ((paused_until is null) = (paused_at is null) and (paused_until is null) = (pause_reason is null)),
    add check (paused_until is null or state = 'acknowledged');
create index alert_owner on alert (establishment_id, owner_id) where owner_id is not null;
create index alert_realert on alert (realert_at) where realert_at is not null;
create index alert_contact on alert (contact_due_at) where state = 'acknowledged' and contacted_at is null and contact_told_at is null;
create index alert_paused on alert (paused_until) where paused_until is not null;

-- Each time people are called for an episode: what made it so, and when it was answered. The measure of every delay.
create table alert_round (
    establishment_id uuid not null,
    alert_id uuid not null,
    round integer not null,
    cause text not null check (cause in ('report', 'adherence', 'missed_reports', 'read_by_hand', 'risk', 'forgotten', 'not_answered', 'cover_ended')),
    level text not null check (level in ('yellow', 'orange', 'red')),
    emergency boolean not null,
    recipient text not null check (recipient in ('level1', 'level2', 'oncologist', 'emergency')),
    reasons text[] not null,            -- empty: those of the round before
    began_at timestamptz not null,
    acknowledge_due_at timestamptz not null,
    contact_due_at timestamptz not null,
    acknowledged_at timestamptz,
    acknowledged_by uuid,               -- no foreign key: the alert has it
    contacted_at timestamptz,
    undeliverable_at timestamptz,
    primary key (establishment_id, alert_id, round),
    foreign key (establishment_id, alert_id) references alert
);
create index alert_round_began on alert_round (establishment_id, began_at);

-- A case is offered to a named person; until they accept, the giver keeps it.
create table hand_over (
    establishment_id uuid not null,
    id uuid not null,
    alert_id uuid not null,
    from_id uuid not null,
    to_id uuid not null,
    state text not null check (state in ('asked', 'accepted', 'refused', 'withdrawn', 'lapsed', 'overtaken')),
    reason text,                        -- of a refusal
    asked_at timestamptz not null,
    answer_by timestamptz not null,
    answered_at timestamptz,
    primary key (establishment_id, id),
    foreign key (establishment_id, alert_id) references alert,
    foreign key (establishment_id, from_id) references staff,
    foreign key (establishment_id, to_id) references staff,
    check ((state = 'asked') = (answered_at is null)),
    check ((state = 'refused') = (reason is not null)),
    check (from_id <> to_id)
);
create unique index hand_over_one_asked on hand_over (establishment_id, alert_id) where state = 'asked';
create index hand_over_alert on hand_over (establishment_id, alert_id, asked_at);
create index hand_over_from on hand_over (establishment_id, from_id);
create index hand_over_to on hand_over (establishment_id, to_id);
create index hand_over_due on hand_over (answer_by) where state = 'asked';

-- One symptom of one patient that a nurse knows of and follows: what is no worse than this calls nobody until it expires.
create table mute (
    establishment_id uuid not null,
    id uuid not null,
    patient_id uuid not null,
    alert_id uuid not null,             -- on which it was decided
    symptom text not null,
    level text not null check (level in ('yellow', 'orange')), -- nothing above
    grade smallint not null check (grade between 0 and 3), -- nothing above
    rules text[] not null,              -- and no other rule
    reason text not null,
    by_id uuid not null,
    from_at timestamptz not null,
    until_at timestamptz not null,
    ended_at timestamptz,
    ended_by uuid,
    primary key (establishment_id, id),
    foreign key (establishment_id, patient_id) references patient,
    foreign key (establishment_id, alert_id) references alert,
    foreign key (establishment_id, by_id) references staff,
    foreign key (establishment_id, ended_by) references staff,
    check (until_at > from_at)
);
create index mute_patient on mute (establishment_id, patient_id, until_at);
create index mute_alert on mute (establishment_id, alert_id);
create index mute_by on mute (establishment_id, by_id);
create index mute_ended_by on mute (establishment_id, ended_by) where ended_by is not null;

-- Why was I called? The role is in `recipient`, the rule in the round; here, what kind of call it is and by what right.
alter table notification
    add column why text not null default 'ladder'
        check (why in ('ladder', 'forgotten', 'not_answered', 'cover_ended', 'handed_over', 'hand_over_refused', 'contact_overdue', 'pause_ended')),
    add column basis text not null default 'duty' check (basis in ('duty', 'everyone', 'cover', 'owner', 'named')),
    add column agreement_id uuid;       -- basis cover: under which

-- FORCE binds the owner too, and no establishment is asking here: open for these two statements, closed again below.
alter table alert no force row level security;
update alert set owner_id = acknowledged_by, realert_at = acknowledged_at + case level when 'red' then interval '4 hours'
                                                                                when 'orange' then interval '24 hours' end
where state = 'acknowledged';
insert into alert_round (establishment_id, alert_id, round, cause, level, emergency, recipient, reasons, began_at, acknowledge_due_at,
                         contact_due_at, acknowledged_at, acknowledged_by)
select establishment_id, id, round, 'report', level, emergency, recipient, reasons, opened_at, acknowledge_due_at, contact_due_at,
       acknowledged_at, acknowledged_by
from alert;
alter table alert force row level security;

do $$
declare t text;
begin
    foreach t in array array['chart_verdict', 'alert_round', 'hand_over', 'mute'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy one_establishment on %I to vigie_app, vigie_owner '
                       'using (establishment_id = asking_establishment()) '
                       'with check (establishment_id = asking_establishment())', t);
    end loop;
    foreach t in array array['alert_round', 'hand_over'] loop
        execute format('create policy routing on %I to vigie_worker using (true) with check (true)', t);
    end loop;
end $$;

grant select, insert on chart_verdict, mute, alert_round, hand_over to vigie_app;
grant update (ended_at, ended_by) on mute to vigie_app;
grant update (acknowledged_at, acknowledged_by, contacted_at, undeliverable_at) on alert_round to vigie_app;
grant update (state, reason, answered_at) on hand_over to vigie_app;

grant select (policy, agreements, owner_id, acknowledged_at, acknowledged_by, contacted_at, contact_told_at, realert_at, paused_at, paused_until) on alert to vigie_worker;
grant update (round, acknowledge_due_at, contact_due_at, acknowledged_at, acknowledged_by, contact_told_at, realert_at, paused_at, paused_until, pause_reason) on alert to vigie_worker;
grant select (establishment_id, alert_id, round, cause, level, began_at, acknowledge_due_at, contact_due_at, acknowledged_at, acknowledged_by, contacted_at, undeliverable_at), insert on alert_round to vigie_worker;
grant update (undeliverable_at) on alert_round to vigie_worker;
grant select on hand_over to vigie_worker;
grant update (state, answered_at, answer_by) on hand_over to vigie_worker;
