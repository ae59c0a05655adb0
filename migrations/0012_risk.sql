-- The risk model at each establishment: which card and mode are in force, who decided it, and what the model said of each report.
-- Why so: a decision is a row and nothing is edited, so that any day can be read back; a site's cards are locked rows under their own
-- sha256; a stored score keeps whole milli-logits, so that it can be derived again bit for bit. No row of risk_mode means shadow with
-- the card of this release. The worker gets none of it: what a model says of a patient is as clinical as what the patient said.

-- Cards that came with a release and were in use here; nothing of a patient.
create table risk_edition (
    sha256 text primary key check (length(sha256) = 64),
    document text not null,             -- the very bytes that were hashed, which jsonb would not keep
    first_used_at timestamptz not null
);

-- Cards that a site learned from its own patients.
create table risk_card (
    establishment_id uuid not null references establishment,
    sha256 text not null check (length(sha256) = 64),
    parent_sha256 text not null,
    document text not null,
    made_at timestamptz not null,
    made_by uuid not null,
    primary key (establishment_id, sha256),
    foreign key (establishment_id, made_by) references staff
);
create index risk_card_made_by on risk_card (establishment_id, made_by);

-- What was found when a learned card was compared with the one before it, on patients that neither had seen.
create table risk_gate (
    establishment_id uuid not null,
    id uuid not null,
    card_sha256 text not null,
    champion_sha256 text not null,
    passed boolean not null,
    criteria jsonb not null,
    judged_at timestamptz not null,
    judged_by uuid not null,
    primary key (establishment_id, id),
    foreign key (establishment_id, card_sha256) references risk_card,
    foreign key (establishment_id, judged_by) references staff
);
create index risk_gate_card on risk_gate (establishment_id, card_sha256, judged_at);
create index risk_gate_judged_by on risk_gate (establishment_id, judged_by);

create table risk_proposal (
    establishment_id uuid not null references establishment,
    id uuid not null,
    card_sha256 text not null,
    yellow_from double precision,       -- probability within 7 days from which the model asks for yellow; null: never
    orange_from double precision not null,
    yellow_budget double precision check (yellow_budget > 0), -- more alerts per 100 patient-weeks
    orange_budget double precision not null check (orange_budget > 0),
    reason text not null check (length(reason) between 20 and 2000),
    proposed_at timestamptz not null,
    proposed_by uuid,                   -- null: the operator, at the command line; it approves nothing
    primary key (establishment_id, id),
    foreign key (establishment_id, proposed_by) references staff,
    check ((yellow_from is null) = (yellow_budget is null)),
    check (yellow_from is null or yellow_from <= orange_from)
);
create index risk_proposal_by on risk_proposal (establishment_id, proposed_by) where proposed_by is not null;

create table risk_approval (
    establishment_id uuid not null,
    proposal_id uuid not null,
    staff_id uuid not null,
    approved_at timestamptz not null,
    knows_synthetic boolean not null,   -- "I have read that this card has learned from invented patients only"
    primary key (establishment_id, proposal_id, staff_id),
    foreign key (establishment_id, proposal_id) references risk_proposal,
    foreign key (establishment_id, staff_id) references staff
);
create index risk_approval_staff on risk_approval (establishment_id, staff_id);

-- The newest number is in force.
create table risk_mode (
    establishment_id uuid not null references establishment,
    number integer not null check (number > 0),
    mode text not null check (mode in ('off', 'shadow', 'live')),
    card_sha256 text not null,
    yellow_from double precision,
    orange_from double precision,
    yellow_budget double precision,
    orange_budget double precision,
    reason text not null check (length(reason) between 1 and 2000),
    set_at timestamptz not null,
    set_by uuid not null,
    proposal_id uuid,
    challenger_sha256 text,             -- scored beside it, heard by nobody
    restores integer,                   -- the number whose card and mode this one brings back
    primary key (establishment_id, number),
    foreign key (establishment_id, set_by) references staff,
    foreign key (establishment_id, proposal_id) references risk_proposal,
    check (mode <> 'live' or (proposal_id is not null and orange_from is not null)),
    check (restores < number)
);
create index risk_mode_set_by on risk_mode (establishment_id, set_by);
create index risk_mode_proposal on risk_mode (establishment_id, proposal_id) where proposal_id is not null;

-- While one is open, levels are those of the rules alone.
create table risk_freeze (
    establishment_id uuid not null references establishment,
    id uuid not null,
    reason text not null check (reason in ('calibration', 'abstention', 'card_age')),
    detail jsonb not null,
    frozen_at timestamptz not null,
    ended_at timestamptz,
    ended_by uuid,
    end_reason text check (length(end_reason) between 1 and 2000),
    primary key (establishment_id, id),
    foreign key (establishment_id, ended_by) references staff,
    check ((ended_at is null) = (ended_by is null) and (ended_at is null) = (end_reason is null))
);
create unique index risk_freeze_open on risk_freeze (establishment_id) where ended_at is null;
create index risk_freeze_ended_by on risk_freeze (establishment_id, ended_by) where ended_by is not null;

create table risk_score (
    establishment_id uuid not null,
    patient_id uuid not null,
    report_id uuid not null,
    scored_at timestamptz not null,
    mode text not null check (mode in ('shadow', 'live', 'frozen')),
    card_sha256 text not null,
    synthetic boolean not null,
    total integer,                      -- thousandths of a logit, p7 = 1 / (1 + exp(-total / 1000)); null: it abstained
    total_late integer,                 -- of an event on day 8 to 14 given none before
    p7 double precision,
    p14 double precision,
    contributions jsonb,                -- of both totals; they add up exactly
    abstained text,
    abstained_on text not null,         -- what made it abstain: a regimen, a measurement's name; never a value
    low_support boolean not null,
    missing text[] not null,
    rules_level text not null check (rules_level in ('green', 'yellow', 'orange', 'red')),
    model_level text not null check (model_level in ('green', 'yellow', 'orange')),  -- what it asked for, or would have asked for
    raised boolean not null,            -- the level that was answered is the model's
    yellow_from double precision,
    orange_from double precision,
    primary key (establishment_id, patient_id, report_id, card_sha256),
    foreign key (establishment_id, patient_id, report_id) references report,
    check ((total is null) = (abstained is not null)),
    check ((total is null) = (total_late is null) and (total is null) = (p7 is null) and (total is null) = (p14 is null)),
    check (not raised or mode = 'live')
);
create index risk_score_at on risk_score (establishment_id, scored_at desc);

do $$
declare t text;
begin
    foreach t in array array['risk_card', 'risk_gate', 'risk_proposal', 'risk_approval', 'risk_mode', 'risk_freeze', 'risk_score'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy one_establishment on %I to vigie_app, vigie_owner '
                       'using (establishment_id = asking_establishment()) '
                       'with check (establishment_id = asking_establishment())', t);
    end loop;
end $$;

grant select, insert on risk_edition, risk_card, risk_gate, risk_proposal, risk_approval, risk_mode, risk_freeze, risk_score to vigie_app;
grant update (ended_at, ended_by, end_reason) on risk_freeze to vigie_app;
