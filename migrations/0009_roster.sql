-- Who is on duty at an instant, who covers for whom, and where nobody will be there.
-- Why so: the weekly turns, their exceptions and the agreements are the only truth; who is on duty is computed from them at the
-- instant itself. Rows of computed shifts could run out, and then a night would be empty because a sweep had not run.
-- An agreement is one row in each of the two establishments: each manager signs their own, and the worker carries it across, so that
-- no establishment ever reads or writes a row of another.

alter table duty
    add column from_on date,            -- null: since ever
    add column until_on date,           -- last day; null: until further notice
    add column holidays text not null default 'worked' check (holidays in ('worked', 'off', 'only')), -- French public holidays
    add check (until_on is null or from_on is null or until_on >= from_on);

-- What differs from the weekly turns: somebody is away, or is on duty besides. A swap is one of each with the same swap_id.
create table duty_change (
    establishment_id uuid not null,
    id uuid not null,
    kind text not null check (kind in ('absence', 'extra')),
    staff_id uuid not null,
    role text check (role in ('coordinator', 'oncologist')),
    coordination_level smallint check (coordination_level in (1, 2)),
    from_at timestamptz not null,
    to_at timestamptz not null,
    swap_id uuid,
    made_by uuid not null,
    made_at timestamptz not null,
    cancelled_at timestamptz,
    cancelled_by uuid,
    primary key (establishment_id, id),
    foreign key (establishment_id, staff_id) references staff,
    foreign key (establishment_id, made_by) references staff,
    foreign key (establishment_id, cancelled_by) references staff,
    check (from_at < to_at),
    check ((kind = 'extra') = (role is not null)),
    check ((role is not distinct from 'coordinator') = (coordination_level is not null))
);
create index duty_change_staff on duty_change (establishment_id, staff_id, to_at);
create index duty_change_made_by on duty_change (establishment_id, made_by);
create index duty_change_cancelled_by on duty_change (establishment_id, cancelled_by) where cancelled_by is not null;
create index duty_change_to on duty_change (establishment_id, to_at) where cancelled_at is null;

-- Opening hours and escalation policy that an establishment has chosen, from a day on; without a row, those of the rulebook.
create table establishment_setting (
    establishment_id uuid not null,
    from_on date not null,
    id uuid not null,                   -- of two for one day the one made later counts
    weekdays smallint[] not null,       -- 0 is Monday
    opens time not null,
    closes time not null,
    policy text not null,
    made_by uuid not null,
    made_at timestamptz not null,
    primary key (establishment_id, id),
    foreign key (establishment_id, made_by) references staff,
    check (opens < closes),
    check (cardinality(weekdays) between 1 and 7 and weekdays <@ array[0,1,2,3,4,5,6]::smallint[])
);
create index establishment_setting_from on establishment_setting (establishment_id, from_on desc, made_at desc);
create index establishment_setting_made_by on establishment_setting (establishment_id, made_by);

-- When nobody will be on duty who should be. One row per hole while it is ahead.
create table coverage_hole (
    establishment_id uuid not null,
    id uuid not null,
    recipient text not null check (recipient in ('level1', 'level2', 'oncologist')),
    from_at timestamptz not null,
    to_at timestamptz not null,
    found_at timestamptz not null,
    told_at timestamptz,                -- when the manager was sent word of it
    closed_at timestamptz,              -- somebody is there now
    primary key (establishment_id, id),
    check (from_at < to_at)
);
create unique index coverage_hole_open on coverage_hole (establishment_id, recipient, from_at, to_at) where closed_at is null;

-- Side `covered`: the partner is called for our patients. Side `covering`: our people are called for theirs.
create table agreement (
    establishment_id uuid not null,
    id uuid not null,                   -- the same on both sides
    side text not null check (side in ('covered', 'covering')),
    partner_id uuid not null,           -- an establishment; no foreign key: it would not begin with the tenant
    disciplines text[] not null check (cardinality(disciplines) > 0 and disciplines <@ array['level1', 'level2', 'oncologist']),
    regimen_levels smallint[] check (regimen_levels <@ array[1, 2]::smallint[]), -- null: whatever the level
    regimens text[],                    -- null: whatever the treatment
    from_minutes integer[] not null,    -- of the local week where the patients are, Monday 00:00 = 0
    to_minutes integer[] not null,      -- may pass the end of the week
    holidays text not null check (holidays in ('as_usual', 'all_day', 'only')), -- French public holidays
    from_on date not null,
    until_on date not null,
    shares text[] not null check (shares <@ array['alert', 'reports', 'treatment', 'contact']),
    proposed_at timestamptz not null,
    signed_at timestamptz,              -- by our manager
    signed_by uuid,
    partner_signed_at timestamptz,      -- carried here by the worker
    ended_at timestamptz,               -- by either; before both had signed: refused
    ended_by uuid,                      -- null: by the partner
    primary key (establishment_id, id),
    foreign key (establishment_id, signed_by) references staff,
    foreign key (establishment_id, ended_by) references staff,
    check (partner_id <> establishment_id),
    check (from_on <= until_on),
    check (cardinality(from_minutes) = cardinality(to_minutes) and cardinality(from_minutes) between 1 and 50),
    check ((signed_at is null) = (signed_by is null))
);
create index agreement_partner on agreement (partner_id);
create index agreement_signed_by on agreement (establishment_id, signed_by) where signed_by is not null;
create index agreement_ended_by on agreement (establishment_id, ended_by) where ended_by is not null;

-- A person of the partner was called for one alert, until their turn under the agreement ends. One row on each side: ours says who may
-- come in, theirs where to.
create table cover (
    establishment_id uuid not null,
    id uuid not null,                   -- the same on both sides
    side text not null check (side in ('covered', 'covering')),
    other_id uuid not null,             -- an establishment, as above
    agreement_id uuid not null,
    alert_id uuid not null,             -- no foreign key: on the covering side the alert is another establishment's
    staff_id uuid not null,
    from_at timestamptz not null,
    until_at timestamptz not null,
    closed_at timestamptz,              -- that it is over has been written down
    primary key (establishment_id, id),
    foreign key (establishment_id, staff_id) references staff,
    foreign key (establishment_id, agreement_id) references agreement
);
create index cover_staff on cover (establishment_id, staff_id, until_at);
create index cover_alert on cover (establishment_id, alert_id);
create index cover_agreement on cover (establishment_id, agreement_id);
create index cover_other on cover (other_id);
create index cover_open on cover (until_at) where closed_at is null;

do $$
declare t text;
begin
    foreach t in array array['duty_change', 'establishment_setting', 'coverage_hole', 'agreement', 'cover'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy one_establishment on %I to vigie_app, vigie_owner '
                       'using (establishment_id = asking_establishment()) '
                       'with check (establishment_id = asking_establishment())', t);
        execute format('create policy routing on %I to vigie_worker using (true) with check (true)', t);
    end loop;
end $$;

grant update (until_on) on duty to vigie_app;
grant select, insert on duty_change, establishment_setting to vigie_app;
-- Not partner_signed_at: that the other side has signed is the worker's to say.
grant select, insert (establishment_id, id, side, partner_id, disciplines, regimen_levels, regimens, from_minutes, to_minutes, holidays, from_on, until_on, shares, proposed_at, signed_at, signed_by) on agreement to vigie_app;
grant update (cancelled_at, cancelled_by) on duty_change to vigie_app;
grant update (signed_at, signed_by, ended_at, ended_by) on agreement to vigie_app;
grant select on coverage_hole, cover to vigie_app;

grant select (id, timezone, name) on establishment to vigie_worker;
grant select on duty_change, establishment_setting to vigie_worker;
grant select, insert, update (told_at, closed_at) on coverage_hole to vigie_worker;
grant select, insert, update (partner_signed_at, ended_at) on agreement to vigie_worker;
grant select, insert, update (until_at, closed_at) on cover to vigie_worker;
grant insert (establishment_id, id, name, role, coordination_level, locale, home_establishment_id, created_at) on staff to vigie_worker;
grant update (until_at) on access to vigie_worker;
