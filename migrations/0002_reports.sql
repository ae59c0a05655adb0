-- What a patient was prescribed, what they told us, what triage said of it.
-- Why so: reports and verdicts are append-only (no update is granted); a report's id is born on the phone and unique for ever per
-- patient; the second content sent under one id is kept for a human, never dropped.

create table course (
    establishment_id uuid not null,
    id uuid not null,
    patient_id uuid not null,
    regimen text not null,
    started_on date not null,
    state text not null check (state in ('planned', 'active', 'on_hold', 'stopped', 'completed')),
    baseline jsonb not null default '{}',
    created_at timestamptz not null,
    ended_at timestamptz,
    primary key (establishment_id, id),
    foreign key (establishment_id, patient_id) references patient
);
create index course_patient on course (establishment_id, patient_id, created_at);

create table report (
    establishment_id uuid not null,
    patient_id uuid not null,
    id uuid not null,
    course_id uuid,                     -- null: no treatment was recorded yet; a report is never refused for that
    received_at timestamptz not null,
    told_at timestamptz not null,       -- when the patient answered; received_at where the phone's clock cannot be believed
    author_kind text not null check (author_kind in ('patient', 'caregiver', 'staff')),
    author_id uuid not null,
    content jsonb not null,             -- the draft as sent
    content_sha256 bytea not null,
    replaces uuid,                      -- no foreign key: a correction may arrive before what it corrects
    cycle integer not null,
    day_of_cycle integer not null,
    quarantined boolean not null default false,
    primary key (establishment_id, patient_id, id),
    foreign key (establishment_id, patient_id) references patient,
    foreign key (establishment_id, course_id) references course
);
create index report_told on report (establishment_id, patient_id, told_at desc);
create index report_course on report (establishment_id, course_id);
create index report_replaces on report (establishment_id, patient_id, replaces) where replaces is not null;

create table report_conflict (
    establishment_id uuid not null,
    patient_id uuid not null,
    report_id uuid not null,
    content_sha256 bytea not null,
    content jsonb not null,
    received_at timestamptz not null,
    primary key (establishment_id, patient_id, report_id, content_sha256),
    foreign key (establishment_id, patient_id, report_id) references report
);

create table verdict (
    establishment_id uuid not null,
    patient_id uuid not null,
    report_id uuid not null,
    id uuid not null,
    level text not null check (level in ('green', 'yellow', 'orange', 'red')),
    emergency boolean not null,
    recipient text not null check (recipient in ('none', 'level1', 'level2', 'oncologist', 'emergency')),
    hold boolean not null,
    reasons text[] not null,
    detail jsonb not null,              -- grades, everything that fired, advice
    rulebook text not null,
    acknowledge_due_at timestamptz,
    contact_due_at timestamptz,
    judged_at timestamptz not null,
    replayed boolean not null default false,
    primary key (establishment_id, patient_id, report_id, id),
    foreign key (establishment_id, patient_id, report_id) references report,
    check (level = 'red' or not emergency)
);

create table intake (
    establishment_id uuid not null,
    patient_id uuid not null,
    id uuid not null,
    course_id uuid not null,
    slot_on date not null,
    slot smallint not null,
    state text not null check (state in ('taken', 'late', 'missed', 'vomited', 'extra')),
    reason text,
    recorded_at timestamptz not null,
    author_kind text not null check (author_kind in ('patient', 'caregiver', 'staff')),
    author_id uuid not null,
    primary key (establishment_id, patient_id, id),
    foreign key (establishment_id, patient_id) references patient,
    foreign key (establishment_id, course_id) references course
);
create index intake_slot on intake (establishment_id, patient_id, slot_on);
create index intake_course on intake (establishment_id, course_id);
