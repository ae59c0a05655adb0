-- Which rulebooks judged here, and what the last replay of history found.
-- Why so: a verdict names its rulebook by version; the compiled document of every version that was ever in use stays readable.
-- Neither table holds anything of a patient: a replay keeps counts only.

create table rulebook_edition (
    version text primary key,
    in_force_from date not null,
    first_used_at timestamptz not null,
    document jsonb not null
);

create table rulebook_replay (
    id uuid primary key,
    at timestamptz not null,
    since date not null,
    version text not null,
    reports integer not null,
    patient_weeks double precision not null,
    summary jsonb not null      -- alerts gained and lost per level and per regimen
);
create index rulebook_replay_at on rulebook_replay (at desc);

grant select, insert on rulebook_edition to vigie_app;
grant select on rulebook_replay to vigie_app;
