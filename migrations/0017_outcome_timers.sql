-- When to see whether a patient's fortnightly question should be brought to their phone.
-- Why so: which fortnights are due follows from the reports, but a push has to leave at an hour that suits the patient, and a question
-- outlives the treatment, so it cannot hang on the course's own daily look. A report writes the row; the look itself moves it on.

create table outcome_timer (
    establishment_id uuid not null,
    patient_id uuid not null,
    look_at timestamptz,                -- null: nothing to ask until the next report
    primary key (establishment_id, patient_id),
    foreign key (establishment_id, patient_id) references patient
);
create index outcome_timer_due on outcome_timer (look_at) where look_at is not null;

alter table outcome_timer enable row level security;
alter table outcome_timer force row level security;
create policy one_establishment on outcome_timer to vigie_app, vigie_owner
    using (establishment_id = asking_establishment()) with check (establishment_id = asking_establishment());
create policy routing on outcome_timer for select to vigie_worker using (true);

grant select, insert, update on outcome_timer to vigie_app;
grant select on outcome_timer to vigie_worker;

-- Whoever has reported already is looked at once. FORCE binds the owner too, and no establishment is asking here.
alter table report no force row level security;
alter table outcome_timer no force row level security;
insert into outcome_timer (establishment_id, patient_id, look_at)
select distinct establishment_id, patient_id, app_now() from report;
alter table report force row level security;
alter table outcome_timer force row level security;
