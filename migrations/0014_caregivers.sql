-- Caregivers: whom a patient lets report and note intakes for them, under their own name.
-- Why so: a caregiver has an account of their own that names the patient it speaks for, so that the door to a report can prove it
-- before any row of the establishment is read; names are sealed like a patient's; whoever ends it ends the account with it.

alter table account drop constraint account_kind_check;
alter table account add constraint account_kind_check check (kind in ('staff', 'patient', 'caregiver'));
alter table account add column on_behalf_of uuid;
alter table account add constraint account_caregiver_speaks_for_a_patient check ((kind = 'caregiver') = (on_behalf_of is not null));

create table caregiver (
    establishment_id uuid not null,
    id uuid not null,
    patient_id uuid not null,
    identity bytea not null,        -- AES-256-GCM over the name; bound to table, column, row and tenant
    relation text not null check (relation in ('partner', 'child', 'parent', 'other')),
    named_by_kind text not null check (named_by_kind in ('patient', 'staff')),
    named_by uuid not null,
    created_at timestamptz not null,
    ended_at timestamptz,
    ended_by_kind text check (ended_by_kind in ('patient', 'staff')),
    ended_by uuid,
    primary key (establishment_id, id),
    foreign key (establishment_id, patient_id) references patient,
    check ((ended_at is null) = (ended_by is null) and (ended_by is null) = (ended_by_kind is null))
);
create index caregiver_patient on caregiver (establishment_id, patient_id);

alter table caregiver enable row level security;
alter table caregiver force row level security;
create policy one_establishment on caregiver to vigie_app, vigie_owner
    using (establishment_id = asking_establishment()) with check (establishment_id = asking_establishment());

grant select, insert on caregiver to vigie_app;
grant update (ended_at, ended_by_kind, ended_by) on caregiver to vigie_app;
