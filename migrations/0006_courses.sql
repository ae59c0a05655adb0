-- What was ordered, what was taken, what is left, and the timers that watch it.
-- Why so: orders and intakes are append-only (an undone intake stays, marked), so any past day can be replayed; the number of an order is
-- checked by the primary key, so of two who sign at once one is told; timers (adherence_state, reminder, refill) are rows that hold when
-- to look and nothing clinical that the worker may read. `drug` is the international name of a drug of the regimen; '' in intakes of a release that knew no drugs.

-- How a course begins: partners, calendar, first intake, doses. Never changed: later doses are orders.
alter table course add column prescription jsonb not null default '{}';

-- The patient's own hours of a drug from a day on, and where their clock is from an instant on: the plan of the past keeps its own.
create table course_hours (
    establishment_id uuid not null,
    course_id uuid not null,
    drug text not null check (length(drug) <= 64),
    since date not null,
    patient_id uuid not null,
    times time[] not null check (cardinality(times) between 1 and 24),
    changed_at timestamptz not null,
    primary key (establishment_id, course_id, drug, since),
    foreign key (establishment_id, course_id) references course,
    foreign key (establishment_id, patient_id) references patient
);
create index course_hours_patient on course_hours (establishment_id, patient_id);

create table patient_zone (
    establishment_id uuid not null,
    patient_id uuid not null,
    since timestamptz not null,
    name text not null check (length(name) <= 64),
    before text not null check (length(before) <= 64), -- the zone left: the first row says where the patient was until then
    primary key (establishment_id, patient_id, since),
    foreign key (establishment_id, patient_id) references patient
);

-- The orders of a course, one after the other: state and plan are what they add up to. Number 1 starts it.
create table course_order (
    establishment_id uuid not null,
    course_id uuid not null,
    number integer not null check (number > 0),
    patient_id uuid not null,
    kind text not null check (kind in ('start', 'hold', 'resume', 'dose_change', 'stop', 'complete')),
    content jsonb not null,             -- the order as the domain reads it: from when, doses, reason
    note text check (length(note) <= 2000),
    entered_by uuid,                    -- null: taken over from a release that had courses and no orders
    entered_at timestamptz not null,
    primary key (establishment_id, course_id, number),
    foreign key (establishment_id, course_id) references course,
    foreign key (establishment_id, patient_id) references patient,
    foreign key (establishment_id, entered_by) references staff
);
create index course_order_patient on course_order (establishment_id, patient_id);
create index course_order_entered_by on course_order (establishment_id, entered_by) where entered_by is not null;

-- An oncologist's signature. A row of its own: what the coordination has copied from a prescription is signed later, and nothing changes.
create table order_signature (
    establishment_id uuid not null,
    course_id uuid not null,
    number integer not null,
    signed_by uuid not null,
    signed_at timestamptz not null,
    prescription jsonb,                 -- of order 1: how the course begins, as the oncologist corrects it when signing
    primary key (establishment_id, course_id, number),
    foreign key (establishment_id, course_id, number) references course_order,
    foreign key (establishment_id, signed_by) references staff
);
create index order_signature_signed_by on order_signature (establishment_id, signed_by);

-- Which orders the patient's phone has read: the clinic sees that a hold has arrived.
create table plan_receipt (
    establishment_id uuid not null,
    course_id uuid not null,
    number integer not null,
    patient_id uuid not null,
    read_at timestamptz not null,
    primary key (establishment_id, course_id, number),
    foreign key (establishment_id, course_id, number) references course_order,
    foreign key (establishment_id, patient_id) references patient
);
create index plan_receipt_patient on plan_receipt (establishment_id, patient_id);

-- Intakes: which drug, when, how much, told by whom; the draft as sent, like a report.
alter table intake
    add column drug text not null default '' check (length(drug) <= 64),
    add column planned_at timestamptz,          -- of its slot; null for an extra dose
    add column taken_at timestamptz,            -- when it was swallowed, or when a miss was told
    add column mg double precision check (mg > 0 and mg < 100000), -- null: as planned
    add column content jsonb,                   -- null: of a release that kept columns only
    add column content_sha256 bytea,
    add column replaces uuid,                   -- no foreign key: a correction may arrive before what it corrects
    add column answer jsonb,                    -- what the phone was told, and is told again
    add column undone_at timestamptz,
    add column undone_by uuid;
-- FORCE binds the owner too, and no establishment is asking here: open for this statement, closed again below.
alter table intake no force row level security;
update intake set taken_at = recorded_at;
alter table intake alter column taken_at set not null, alter column slot drop not null, force row level security; -- no slot: an extra dose
create index intake_replaces on intake (establishment_id, patient_id, replaces) where replaces is not null;

-- The second content that was sent under one id, for a human to see.
create table intake_conflict (
    establishment_id uuid not null,
    patient_id uuid not null,
    intake_id uuid not null,
    content_sha256 bytea not null,
    content jsonb not null,
    received_at timestamptz not null,
    primary key (establishment_id, patient_id, intake_id, content_sha256),
    foreign key (establishment_id, patient_id, intake_id) references intake
);

-- The patient stopped alone, and said so: never inferred from silence, and over once a dose is taken again.
create table patient_stop (
    establishment_id uuid not null,
    patient_id uuid not null,
    id uuid not null,
    course_id uuid not null,
    at timestamptz not null,
    reason text not null,
    author_kind text not null check (author_kind in ('patient', 'caregiver', 'staff')),
    author_id uuid not null,
    recorded_at timestamptz not null,
    resumed_at timestamptz,
    primary key (establishment_id, patient_id, id),
    foreign key (establishment_id, patient_id) references patient,
    foreign key (establishment_id, course_id) references course
);
create index patient_stop_course on patient_stop (establishment_id, course_id, at);

-- What the last look at a course found, and when to look again. `raised` keeps what has been told already: once per state, not per tick.
create table adherence_state (
    establishment_id uuid not null,
    course_id uuid not null,
    patient_id uuid not null,
    look_at timestamptz,                        -- null: nothing more to watch (ended, left)
    looked_at timestamptz,
    counted_on date,                            -- every day up to this one is in adherence_day
    facts jsonb not null default '{}',
    raised jsonb not null default '{}',
    primary key (establishment_id, course_id),
    foreign key (establishment_id, course_id) references course,
    foreign key (establishment_id, patient_id) references patient
);
create index adherence_state_patient on adherence_state (establishment_id, patient_id);
create index adherence_state_due on adherence_state (look_at) where look_at is not null;

-- What the engine counted of each day (03:00 to 02:59 local) and drug: measures over any window are sums of these rows. Made anew from
-- orders and intakes whenever one of them speaks of the day; never a source of its own.
create table adherence_day (
    establishment_id uuid not null,
    course_id uuid not null,
    drug text not null,
    day date not null,
    patient_id uuid not null,
    cycle integer not null,
    day_of_cycle integer not null,
    planned smallint not null,
    held smallint not null,             -- of these, on a clinician's hold
    expected smallint not null,         -- planned and not on hold, as far as answered or past its window
    taken smallint not null,            -- expected and taken, each once; the vomited ones are among them
    partial smallint not null,
    on_time smallint not null,
    missed smallint not null,
    vomited smallint not null,
    unreported smallint not null,       -- the window is over and nobody has said anything
    extra smallint not null,
    rest_day smallint not null,
    during_hold smallint not null,
    correct boolean not null,           -- exactly what was expected, nothing else
    planned_ug bigint,                  -- null: no dose is prescribed
    prescribed_ug bigint,
    delivered_ug bigint,
    protocol_days smallint not null,    -- 1 on a day of a cycle: what a delay adds is none
    elapsed_days smallint not null,
    primary key (establishment_id, course_id, drug, day),
    foreign key (establishment_id, course_id) references course,
    foreign key (establishment_id, patient_id) references patient
);
create index adherence_day_patient on adherence_day (establishment_id, patient_id, day);
create index adherence_day_window on adherence_day (establishment_id, day);

-- What the patient accepted to be reminded of.
create table reminder_setting (
    establishment_id uuid not null,
    patient_id uuid not null,
    enabled boolean not null default true,
    repeats smallint not null default 0 check (repeats between 0 and 2),
    repeat_minutes smallint not null default 60 check (repeat_minutes between 15 and 240),
    changed_at timestamptz not null,
    primary key (establishment_id, patient_id),
    foreign key (establishment_id, patient_id) references patient
);

-- One reminder to send. Unique per intake time and turn: however often the plan is made anew, none comes twice.
create table reminder (
    establishment_id uuid not null,
    course_id uuid not null,
    patient_id uuid not null,
    slot_on date not null,
    clock time not null,                        -- several drugs at one hour are one reminder
    turn smallint not null,
    due_at timestamptz not null,
    until_at timestamptz not null,              -- the end of the intake's window: of no use after it
    state text not null check (state in ('waiting', 'sent', 'answered', 'expired')),
    settled_at timestamptz,
    primary key (establishment_id, course_id, slot_on, clock, turn),
    foreign key (establishment_id, course_id) references course,
    foreign key (establishment_id, patient_id) references patient,
    check ((state = 'waiting') = (settled_at is null))
);
create index reminder_due on reminder (due_at) where state = 'waiting';
create index reminder_patient on reminder (establishment_id, patient_id);

-- Up to when a course's reminders have been written down, and when to write the next ones.
create table reminder_plan (
    establishment_id uuid not null,
    course_id uuid not null,
    patient_id uuid not null,
    until_at timestamptz not null,
    extend_at timestamptz,                      -- null: none wanted
    primary key (establishment_id, course_id),
    foreign key (establishment_id, course_id) references course,
    foreign key (establishment_id, patient_id) references patient
);
create index reminder_plan_patient on reminder_plan (establishment_id, patient_id);
create index reminder_plan_due on reminder_plan (extend_at) where extend_at is not null;

-- Boxes handed over or given back. Units are tablets or capsules of one strength.
create table dispensing (
    establishment_id uuid not null,
    patient_id uuid not null,
    id uuid not null,
    course_id uuid not null,
    drug text not null default '' check (length(drug) <= 64),
    strength_mg double precision not null check (strength_mg > 0 and strength_mg < 100000),
    kind text not null check (kind in ('dispensed', 'returned')),
    units integer not null check (units between 1 and 10000),
    dispensed_on date not null,
    author_kind text not null check (author_kind in ('patient', 'caregiver', 'staff')),
    author_id uuid not null,
    recorded_at timestamptz not null,
    primary key (establishment_id, patient_id, id),
    foreign key (establishment_id, patient_id) references patient,
    foreign key (establishment_id, course_id) references course
);
create index dispensing_course on dispensing (establishment_id, course_id, dispensed_on);

-- A refill that somebody must see to before the boxes are empty: work that stays until new boxes are recorded.
create table refill (
    establishment_id uuid not null,
    course_id uuid not null,
    empty_on date not null,                     -- the first planned day without boxes
    patient_id uuid not null,
    opened_at timestamptz not null,
    settled_at timestamptz,
    settled_by uuid,
    primary key (establishment_id, course_id, empty_on),
    foreign key (establishment_id, course_id) references course,
    foreign key (establishment_id, patient_id) references patient,
    foreign key (establishment_id, settled_by) references staff
);
create index refill_patient on refill (establishment_id, patient_id);
create index refill_settled_by on refill (establishment_id, settled_by) where settled_by is not null;
create unique index refill_one_open on refill (establishment_id, course_id) where settled_at is null;

-- Courses that are there already: their start becomes order 1, entered by nobody, to be signed; and they are watched from now on.
alter table course no force row level security;
alter table patient no force row level security;
insert into course_order (establishment_id, course_id, number, patient_id, kind, content, entered_by, entered_at)
select c.establishment_id, c.id, 1, c.patient_id, 'start',
       jsonb_build_object('at', to_char((c.started_on + time '03:00') at time zone p.timezone at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                          'reason', 'enrolment'),
       null, c.created_at
from course c join patient p on (p.establishment_id, p.id) = (c.establishment_id, c.patient_id);
insert into adherence_state (establishment_id, course_id, patient_id, look_at)
select establishment_id, id, patient_id, created_at from course where state in ('planned', 'active', 'on_hold');
insert into reminder_plan (establishment_id, course_id, patient_id, until_at, extend_at)
select establishment_id, id, patient_id, created_at, created_at from course where state in ('planned', 'active', 'on_hold');
alter table course force row level security;
alter table patient force row level security;

do $$
declare t text;
begin
    foreach t in array array['course_hours', 'patient_zone', 'course_order', 'order_signature', 'plan_receipt', 'intake_conflict', 'patient_stop', 'adherence_state', 'adherence_day',
                             'reminder_setting', 'reminder', 'reminder_plan', 'dispensing', 'refill'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy one_establishment on %I to vigie_app, vigie_owner '
                       'using (establishment_id = asking_establishment()) '
                       'with check (establishment_id = asking_establishment())', t);
    end loop;
    foreach t in array array['adherence_state', 'reminder', 'reminder_plan'] loop
        execute format('create policy routing on %I to vigie_worker using (true) with check (true)', t);
    end loop;
end $$;

grant select, insert on patient_zone, course_order, order_signature, plan_receipt, intake_conflict, dispensing, patient_stop to vigie_app;
grant update (undone_at, undone_by, answer) on intake to vigie_app;
grant update (resumed_at) on patient_stop to vigie_app;
grant select, insert, update on course_hours, adherence_state, adherence_day, reminder_setting, reminder, reminder_plan, refill to vigie_app;
grant delete on reminder, adherence_day to vigie_app;
grant select (establishment_id, course_id, patient_id, look_at) on adherence_state to vigie_worker;
grant select (establishment_id, course_id, patient_id, extend_at) on reminder_plan to vigie_worker;
grant select on reminder to vigie_worker;
grant update (state, settled_at) on reminder to vigie_worker;
grant delete on reminder to vigie_worker;
