-- People and their doors: establishments, staff, patients, who may act on whom, accounts, sessions.
-- Why so: every table of patient data leads with establishment_id (it distributes on Citus unchanged), has FORCE ROW LEVEL
-- SECURITY, and only random ids. What must be read before the tenant is known (account, session, codes, throttle) holds no name
-- and no clinical fact, and has no tenant policy. Direct identifiers are one sealed blob, opened with the establishment's key.

-- The one clock. All SQL time is app_now(); only the test profile ever moves it (vigie check refuses a moved clock elsewhere).
create table clock (
    only_row boolean primary key default true check (only_row),
    shift interval not null default interval '0',
    frozen_at timestamptz
);
insert into clock default values;

create function app_now() returns timestamptz language sql stable parallel safe
    as $$ select coalesce(frozen_at, now() + shift) from clock $$;

-- Who is asking: set literally in the message that begins the transaction. '' after a transaction reads as null: fails closed.
create function asking_establishment() returns uuid language sql stable parallel safe
    as $$ select nullif(current_setting('app.establishment', true), '')::uuid $$;

create table establishment (
    id uuid primary key,
    name text not null check (length(name) between 1 and 200),
    kind text not null check (kind in ('public', 'private', 'community')),
    timezone text not null,
    phone text not null,
    data_key bytea not null,        -- AES-256 key of this establishment, wrapped
    data_key_id text not null,      -- by which master key
    created_at timestamptz not null
);

create table staff (
    establishment_id uuid not null references establishment,
    id uuid not null,
    name text not null check (length(name) between 1 and 200),
    role text not null check (role in ('coordinator', 'oncologist', 'city_professional', 'manager', 'administrator', 'auditor')),
    coordination_level smallint check (coordination_level in (1, 2)),
    locale text not null default 'fr' check (locale in ('fr', 'en')),
    disabled_at timestamptz,
    created_at timestamptz not null,
    primary key (establishment_id, id),
    check ((role = 'coordinator') = (coordination_level is not null))
);

create table patient (
    establishment_id uuid not null references establishment,
    id uuid not null,
    identity bytea not null,        -- AES-256-GCM over names, birth date, phone; bound to table, column, row and tenant
    identity_token bytea not null,  -- keyed hash of names and birth date: finds a patient enrolled twice
    locale text not null default 'fr' check (locale in ('fr', 'en')),
    timezone text not null,
    created_at timestamptz not null,
    left_at timestamptz,
    primary key (establishment_id, id),
    unique (establishment_id, identity_token)
);

-- Who may act on which patient, from when to when and why. Either one person or everyone of a role.
create table access (
    establishment_id uuid not null,
    id uuid not null,
    patient_id uuid not null,
    staff_id uuid,
    role text check (role in ('coordinator', 'oncologist')),
    basis text not null check (basis in ('care_team', 'named_by_patient', 'on_call', 'cover', 'break_glass')),
    from_at timestamptz not null,
    until_at timestamptz,
    primary key (establishment_id, id),
    foreign key (establishment_id, patient_id) references patient,
    foreign key (establishment_id, staff_id) references staff,
    check ((staff_id is null) <> (role is null))
);
create index access_patient on access (establishment_id, patient_id);
create index access_staff on access (establishment_id, staff_id);

create table push_device (
    establishment_id uuid not null references establishment,
    id uuid not null,
    person_id uuid not null,        -- a staff member or a patient: ids are random, never shared between the two
    endpoint text not null check (length(endpoint) <= 2048),
    p256dh text not null,
    auth text not null,
    server_key text,                -- the VAPID public key it was made with: after a rotation it must subscribe again
    label text not null check (length(label) <= 200),
    created_at timestamptz not null,
    last_receipt_at timestamptz,
    dropped_at timestamptz,
    primary key (establishment_id, id),
    unique (establishment_id, person_id, endpoint)
);

-- Doors. Read before the tenant is known.
create table account (
    id uuid primary key,
    establishment_id uuid not null references establishment,
    kind text not null check (kind in ('staff', 'patient')),
    person_id uuid not null,
    role text not null,             -- of the person, here too: the door must know before it may read staff
    coordination_level smallint,
    login text unique check (length(login) between 3 and 200),
    password_hash text,
    totp_secret bytea,              -- sealed with the establishment's key
    totp_last_step bigint not null default 0, -- one code opens one door once
    disabled_at timestamptz,
    created_at timestamptz not null,
    unique (establishment_id, person_id)
);

create table session (
    token_hash bytea primary key,
    id uuid not null unique,
    account_id uuid not null references account,
    purpose text not null check (purpose in ('full', 'device')), -- device: may submit, reads nothing
    device text not null check (length(device) <= 200),
    created_at timestamptz not null,
    last_seen_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz
);
create index session_account on session (account_id);

create table one_time_code (
    selector text primary key,
    secret_hash bytea not null,
    purpose text not null check (purpose in ('activation', 'invitation', 'demo')),
    account_id uuid not null references account,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    tries smallint not null default 0
);
create index one_time_code_account on one_time_code (account_id);

create table throttle (
    key bytea primary key,
    failures integer not null,
    until_at timestamptz not null,
    changed_at timestamptz not null
);

-- One row per kind of leader; a dead or frozen holder's lease lapses, the token fences the one that thaws.
create table lease (
    name text primary key,
    holder uuid not null,
    token bigint not null,
    until_at timestamptz not null
);
