-- From a verdict to a human: duty roster, alert episodes, escalation steps, notifications (the outbox), and the audit trail.
-- Why so: timers are rows (a sweep finds all that is late, however late); one open episode per patient is held by an index, not by
-- code; the outbox is leased, never flagged. The worker sees routing across establishments and not one clinical answer.

create table duty (
    establishment_id uuid not null,
    id uuid not null,
    staff_id uuid not null,
    role text not null check (role in ('coordinator', 'oncologist')),
    coordination_level smallint check (coordination_level in (1, 2)),
    from_minute integer not null check (from_minute between 0 and 10079), -- of the local week, Monday 00:00 = 0
    to_minute integer not null check (to_minute between 1 and 10080),
    primary key (establishment_id, id),
    foreign key (establishment_id, staff_id) references staff,
    check (from_minute < to_minute),
    check ((role = 'coordinator') = (coordination_level is not null))
);
create index duty_staff on duty (establishment_id, staff_id);

create table alert (
    establishment_id uuid not null,
    id uuid not null,
    patient_id uuid not null,
    version integer not null default 1,
    round integer not null default 1,   -- grows when something worse reopens the episode
    state text not null check (state in ('open', 'acknowledged', 'undeliverable', 'closed')),
    level text not null check (level in ('yellow', 'orange', 'red')),
    emergency boolean not null,
    recipient text not null check (recipient in ('level1', 'level2', 'oncologist', 'emergency')),
    read_by_hand boolean not null,
    hold boolean not null,
    reasons text[] not null,
    reports integer not null default 1,
    opened_at timestamptz not null,
    last_report_id uuid not null,
    last_report_at timestamptz not null,
    changed_at timestamptz not null,
    acknowledge_due_at timestamptz not null,
    contact_due_at timestamptz not null,
    escalated_to text,
    acknowledged_at timestamptz,
    acknowledged_by uuid,
    closed_at timestamptz,
    closed_by uuid,
    action text,
    outcome text,
    toxicity_symptom text,
    toxicity_grade smallint check (toxicity_grade between 0 and 5),
    hospitalised boolean,
    dose_changed boolean,
    useful boolean,
    note text,
    primary key (establishment_id, id),
    foreign key (establishment_id, patient_id) references patient,
    foreign key (establishment_id, patient_id, last_report_id) references report,
    foreign key (establishment_id, acknowledged_by) references staff,
    foreign key (establishment_id, closed_by) references staff,
    check ((state = 'acknowledged') <= (acknowledged_at is not null)),
    check ((state = 'closed') = (closed_at is not null)),
    check (state <> 'closed' or (action is not null and outcome is not null and useful is not null))
);
create unique index alert_one_open on alert (establishment_id, patient_id) where state <> 'closed';
create index alert_patient on alert (establishment_id, patient_id, opened_at);
create index alert_last_report on alert (establishment_id, patient_id, last_report_id);
create index alert_acknowledged_by on alert (establishment_id, acknowledged_by) where acknowledged_by is not null;
create index alert_closed_by on alert (establishment_id, closed_by) where closed_by is not null;

create table escalation (
    establishment_id uuid not null,
    alert_id uuid not null,
    round integer not null,
    step integer not null,
    recipients text[] not null,         -- empty: nobody is left, the alert becomes undeliverable
    due_at timestamptz not null,
    done_at timestamptz,
    outcome text check (outcome in ('notified', 'nobody', 'acknowledged', 'superseded', 'undeliverable')),
    primary key (establishment_id, alert_id, round, step),
    foreign key (establishment_id, alert_id) references alert,
    check ((done_at is null) = (outcome is null))
);
create index escalation_due on escalation (due_at) where done_at is null;

create table notification (
    establishment_id uuid not null,
    id uuid not null,
    alert_id uuid not null,
    round integer not null,
    step integer not null,
    staff_id uuid not null,
    recipient text not null,            -- the role that made this person the one to call: "why was I called?"
    channel text not null default 'web_push' check (channel in ('web_push', 'screen')),
    level text not null check (level in ('yellow', 'orange', 'red')),
    state text not null check (state in ('pending', 'accepted', 'received', 'opened', 'failed')),
    token text not null,                -- travels inside the encrypted push; the receipt comes back with it
    attempts integer not null default 0,
    run_after timestamptz not null,     -- lease and back-off in one: nobody touches it before
    created_at timestamptz not null,
    accepted_at timestamptz,
    received_at timestamptz,
    opened_at timestamptz,
    failed_because text,
    primary key (establishment_id, id),
    unique (establishment_id, alert_id, round, step, staff_id),
    foreign key (establishment_id, alert_id) references alert,
    foreign key (establishment_id, staff_id) references staff
);
create index notification_due on notification (run_after) where state in ('pending', 'accepted');
create index notification_token on notification (token);
create index notification_staff on notification (establishment_id, staff_id);

-- The audit trail: who did what to whom, without names or free text. Sealed into a hash chain by the leader.
create table event (
    establishment_id uuid not null,     -- no foreign key: the policy pins it, and each report would pay for two
    id uuid not null,
    at timestamptz not null,
    actor_kind text not null check (actor_kind in ('patient', 'caregiver', 'staff', 'system')),
    actor_id uuid,
    verb text not null,
    patient_id uuid,
    subject_id uuid,
    detail jsonb not null default '{}',
    seq bigint,
    chain bytea,
    primary key (establishment_id, id),
    unique (establishment_id, seq),
    check ((seq is null) = (chain is null))
);
create index event_subject on event (establishment_id, subject_id, at);
create index event_unsealed on event (establishment_id, at) where seq is null;
