-- What became of patients after they reported, whoever says so, and the weekly look at the model.
-- Why so: a model that learns only from alerts learns only about those who were alerted, so every reporting patient is asked every
-- fortnight; which fortnights are due follows from the reports and needs no timer. Answers are never edited: the newest speaks.

create table outcome_answer (
    establishment_id uuid not null,
    patient_id uuid not null,
    id uuid not null,
    first_on date not null,             -- of the fortnight, in the patient's days
    last_on date not null,
    visit boolean,                      -- unplanned emergency visit or admission; null: not known
    visit_on date,
    severe boolean,                     -- a severe effect (grade 3 or more) confirmed by a professional; null: not known
    severe_on date,
    answered_at timestamptz not null,
    author_kind text not null check (author_kind in ('patient', 'staff')),
    author_id uuid not null,
    primary key (establishment_id, patient_id, id),
    foreign key (establishment_id, patient_id) references patient,
    check (last_on = first_on + 13),
    check (coalesce(visit, false) = (visit_on is not null) and coalesce(severe, false) = (severe_on is not null)),
    check (visit_on between first_on and last_on and severe_on between first_on and last_on)
);
create index outcome_answer_window on outcome_answer (establishment_id, patient_id, first_on);

create table risk_monitor (
    establishment_id uuid not null references establishment,
    week_on date not null check (extract(isodow from week_on) = 1),  -- the Monday that ends the week
    made_at timestamptz not null,
    card_sha256 text not null,
    watch jsonb not null,               -- counts, intervals and shares; no patient is named
    primary key (establishment_id, week_on)
);

do $$
declare t text;
begin
    foreach t in array array['outcome_answer', 'risk_monitor'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy one_establishment on %I to vigie_app, vigie_owner '
                       'using (establishment_id = asking_establishment()) '
                       'with check (establishment_id = asking_establishment())', t);
    end loop;
end $$;

grant select, insert on outcome_answer, risk_monitor to vigie_app;
