-- Smart boxes: which device belongs to whom, what it says, and when it is not believed.
-- Why so: a box speaks by a bearer token of its own, kept as a hash only and read before the tenant is known (the token names the
-- establishment, like a cookie does); its events are kept as they came, also those that later prove to be a refilling; an opening is
-- presumed to be an intake and never proof of one.

create table box (
    establishment_id uuid not null,
    id uuid not null,
    patient_id uuid not null,
    course_id uuid not null,
    drug text not null default '' check (length(drug) <= 64),
    label text not null check (length(label) between 1 and 100),
    token_hash bytea not null,
    issued_by uuid not null,
    issued_at timestamptz not null,
    last_heard_at timestamptz,
    revoked_at timestamptz,
    revoked_by uuid,
    primary key (establishment_id, id),
    unique (establishment_id, token_hash),
    foreign key (establishment_id, patient_id) references patient,
    foreign key (establishment_id, course_id) references course,
    foreign key (establishment_id, issued_by) references staff,
    foreign key (establishment_id, revoked_by) references staff,
    check ((revoked_at is null) = (revoked_by is null))
);
create index box_patient on box (establishment_id, patient_id);
create index box_course on box (establishment_id, course_id);
create index box_issued_by on box (establishment_id, issued_by);
create index box_revoked_by on box (establishment_id, revoked_by) where revoked_by is not null;

-- As the device sent it. `event_id` is the device's own: the same one again changes nothing.
create table box_event (
    establishment_id uuid not null,
    box_id uuid not null,
    event_id text not null check (length(event_id) between 1 and 100),
    patient_id uuid not null,
    opened_at timestamptz not null,
    received_at timestamptz not null,
    primary key (establishment_id, box_id, event_id),
    foreign key (establishment_id, box_id) references box,
    foreign key (establishment_id, patient_id) references patient
);
create index box_event_patient on box_event (establishment_id, patient_id, opened_at);

-- Times when the box was not in use (hospital, flat battery, pocket doses): they leave numerator and denominator.
create table box_pause (
    establishment_id uuid not null,
    box_id uuid not null,
    id uuid not null,
    from_at timestamptz not null,
    until_at timestamptz,
    reason text not null check (reason in ('hospital', 'battery', 'pocket_doses', 'refill', 'other')),
    noted_by_kind text not null check (noted_by_kind in ('patient', 'staff')),
    noted_by uuid not null,
    noted_at timestamptz not null,
    primary key (establishment_id, box_id, id),
    foreign key (establishment_id, box_id) references box,
    check (until_at is null or until_at > from_at)
);

do $$
declare t text;
begin
    foreach t in array array['box', 'box_event', 'box_pause'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy one_establishment on %I to vigie_app, vigie_owner '
                       'using (establishment_id = asking_establishment()) '
                       'with check (establishment_id = asking_establishment())', t);
    end loop;
end $$;

grant select, insert on box, box_event, box_pause to vigie_app;
grant update (last_heard_at, revoked_at, revoked_by) on box to vigie_app;
grant update (until_at) on box_pause to vigie_app;
