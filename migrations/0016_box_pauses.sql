-- Smart boxes that are lent, broken or left at home, and pauses that were announced and then not kept.
-- Why so: a pause may be said before it begins; if nothing comes of it, it is withdrawn and stays to be read, since it may already have
-- excused a silence. Nothing is deleted, as everywhere.

alter table box_pause drop constraint box_pause_reason_check;
alter table box_pause add constraint box_pause_reason_check
    check (reason in ('hospital', 'battery', 'pocket_doses', 'refill', 'other', 'travel', 'lent', 'out_of_order'));

alter table box_pause
    add column withdrawn_at timestamptz,
    add column withdrawn_by_kind text check (withdrawn_by_kind in ('patient', 'staff')),
    add column withdrawn_by uuid,
    add constraint box_pause_withdrawn check ((withdrawn_at is null) = (withdrawn_by is null)
                                              and (withdrawn_at is null) = (withdrawn_by_kind is null));
grant update (withdrawn_at, withdrawn_by_kind, withdrawn_by) on box_pause to vigie_app;
