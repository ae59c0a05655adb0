-- How a message reaches a person: notices beside alert calls, contacts beside push devices, each attempt kept, storms bundled, and
-- technical alerts.
-- Why so: a notice is everything neutral that is not an alert's call (a reminder, a hole in the roster, a test); it has its own table so
-- that an alert's call never stands behind it in a queue. Attempts are append-only: a notification's life can be read years later.
-- A contact's address is not sealed: routing must not need an encrypted column, because losing the keys must not stop alerting, and it is
-- a professional's address at work, never a patient's. Row level security confines it to the establishment.

create table notice (
    establishment_id uuid not null references establishment,
    id uuid not null,
    person_kind text not null check (person_kind in ('staff', 'patient')),
    person_id uuid not null,            -- no foreign key: a staff member or a patient, by person_kind
    kind text not null check (kind ~ '^[a-z_]{1,40}$'),
    subject_id uuid,                    -- what it is about, opened by its link
    target_id uuid,                     -- this device or contact only (tests of reachability, codes); null: however the person is reached
    dedupe_key text not null check (length(dedupe_key) between 1 and 200),
    channel text check (channel in ('web_push', 'email', 'sms', 'voice', 'screen')), -- the one in use, or the last one
    tried text[] not null default '{}', -- channels that are behind us
    state text not null check (state in ('pending', 'accepted', 'received', 'opened', 'failed', 'cancelled')),
    token text not null,                -- travels inside the message; the receipt comes back with it
    attempts integer not null default 0,
    run_after timestamptz not null,     -- not before; lease and back-off too
    expires_at timestamptz not null,    -- nobody wants it after that
    created_at timestamptz not null,
    accepted_at timestamptz,
    received_at timestamptz,
    opened_at timestamptz,
    failed_because text,
    primary key (establishment_id, id),
    unique (establishment_id, dedupe_key),
    check (run_after < expires_at or state <> 'pending' or attempts > 0)
);
create index notice_due on notice (run_after) where state in ('pending', 'accepted');
create index notice_token on notice (token);
create index notice_person on notice (establishment_id, person_id, created_at);
create index notice_subject on notice (establishment_id, subject_id) where subject_id is not null;
create index notice_old on notice (expires_at);

-- How a professional can be reached besides push devices. It counts once a code has proved that it is theirs.
create table staff_contact (
    establishment_id uuid not null,
    id uuid not null,
    staff_id uuid not null,
    channel text not null check (channel in ('email', 'sms', 'voice')),
    address text not null check (length(address) between 3 and 254),
    created_at timestamptz not null,
    code text,                          -- in the clear: six digits, one hour, five tries; a hash of six digits hides nothing
    code_expires_at timestamptz,
    code_tries smallint not null default 0,
    verified_at timestamptz,
    removed_at timestamptz,
    primary key (establishment_id, id),
    foreign key (establishment_id, staff_id) references staff,
    unique (establishment_id, staff_id, channel, address)
);

-- In which order a professional wants to be reached; what is missing from the list is not used. No row: the default order.
create table channel_choice (
    establishment_id uuid not null,
    staff_id uuid not null,
    channels text[] not null check (cardinality(channels) between 1 and 4 and channels <@ array['web_push', 'email', 'sms', 'voice']),
    primary key (establishment_id, staff_id),
    foreign key (establishment_id, staff_id) references staff
);

-- One try to send one message one way. Never changed, never deleted.
create table delivery_attempt (
    establishment_id uuid not null,
    id uuid not null,
    message_kind text not null check (message_kind in ('call', 'notice')),
    message_id uuid not null,           -- no foreign key: a call or a notice, by message_kind; a notice may be swept away later
    channel text not null check (channel in ('web_push', 'email', 'sms', 'voice', 'screen')),
    target_id uuid,                     -- the device or contact; null: an open screen, or nothing to send to
    at timestamptz not null,
    outcome text not null check (outcome in ('accepted', 'gone', 'retry', 'give_up', 'our_fault', 'refused', 'none')),
    because text not null,
    status integer,
    primary key (establishment_id, id)
);
create index delivery_attempt_message on delivery_attempt (establishment_id, message_id, at);
create index delivery_attempt_at on delivery_attempt (establishment_id, at);

-- How often each thing has come of an attempt, over all establishments: what monitoring counts. Nothing of a patient.
create table delivery_count (
    channel text not null,
    outcome text not null,
    because text not null,
    times bigint not null,
    primary key (channel, outcome, because)
);

-- How many messages a person was sent in the current minute, and how grave they were: in a storm the rest is bundled.
create table call_pace (
    establishment_id uuid not null,
    staff_id uuid not null,
    window_at timestamptz,              -- when the current minute began; null: never sent anything
    level text check (level in ('yellow', 'orange', 'red')), -- the gravest of it
    sent integer not null default 0,
    primary key (establishment_id, staff_id),
    foreign key (establishment_id, staff_id) references staff
);

alter table notification
    drop constraint notification_channel_check,
    add constraint notification_channel_check check (channel in ('web_push', 'email', 'sms', 'voice', 'screen')),
    add column tried text[] not null default '{}',          -- channels that are behind us
    add column waits boolean not null default true,         -- the ladder waits for this call; false once it failed or went to a slower way
    add column bundle_id uuid,                              -- sent together under the token of this call
    add column sent_at timestamptz,                         -- first attempt
    add column resent_at timestamptz;                       -- somebody had it sent again
-- What had failed before this migration holds up no ladder. FORCE binds the owner too, and no establishment is asking here.
alter table notification no force row level security;
update notification set waits = false where state = 'failed';
alter table notification force row level security;
create index notification_bundle on notification (establishment_id, bundle_id) where bundle_id is not null;
create index notification_pending on notification (establishment_id, staff_id) where state = 'pending';

-- Something is wrong with Vigie itself, as one establishment is told of it. One open row per kind.
create table technical_alert (
    establishment_id uuid not null references establishment,
    id uuid not null,
    kind text not null check (kind ~ '^[a-z_]{1,40}$'),
    first_at timestamptz not null,
    last_at timestamptz not null,
    times integer not null default 1,
    detail jsonb not null default '{}',  -- codes and counts, never a person
    ended_at timestamptz,
    primary key (establishment_id, id)
);
create unique index technical_alert_one_open on technical_alert (establishment_id, kind) where ended_at is null;
create index technical_alert_first on technical_alert (establishment_id, first_at);

do $$
declare t text;
begin
    foreach t in array array['notice', 'staff_contact', 'channel_choice', 'delivery_attempt', 'call_pace', 'technical_alert'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy one_establishment on %I to vigie_app, vigie_owner '
                       'using (establishment_id = asking_establishment()) '
                       'with check (establishment_id = asking_establishment())', t);
        execute format('create policy routing on %I to vigie_worker using (true) with check (true)', t);
    end loop;
end $$;

-- The language, time zone and presence of a patient, and nothing that names one: reminders go out without a page being open.
create policy routing on patient for select to vigie_worker using (true);
grant select (establishment_id, id, locale, timezone, left_at) on patient to vigie_worker;

grant select, insert, update on notice, staff_contact, channel_choice, technical_alert to vigie_app;
grant select on delivery_attempt, call_pace to vigie_app;
grant select, insert, update, delete on notice to vigie_worker;
grant select on staff_contact, channel_choice to vigie_worker;
grant select, insert on delivery_attempt to vigie_worker;
grant select, insert, update on call_pace, delivery_count, technical_alert to vigie_worker;
