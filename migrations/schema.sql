-- Name: app_now(); Type: FUNCTION; Schema: public; Owner: vigie_owner

CREATE FUNCTION public.app_now() RETURNS timestamp with time zone
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ select coalesce(frozen_at, now() + shift) from clock $$;

ALTER FUNCTION public.app_now() OWNER TO vigie_owner;

-- Name: asking_establishment(); Type: FUNCTION; Schema: public; Owner: vigie_owner

CREATE FUNCTION public.asking_establishment() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ select nullif(current_setting('app.establishment', true), '')::uuid $$;

ALTER FUNCTION public.asking_establishment() OWNER TO vigie_owner;

-- Name: access; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.access (
    establishment_id uuid NOT NULL,
    id uuid NOT NULL,
    patient_id uuid NOT NULL,
    staff_id uuid,
    role text,
    basis text NOT NULL,
    from_at timestamp with time zone NOT NULL,
    until_at timestamp with time zone,
    CONSTRAINT access_basis_check CHECK ((basis = ANY (ARRAY['care_team'::text, 'named_by_patient'::text, 'on_call'::text, 'cover'::text, 'break_glass'::text]))),
    CONSTRAINT access_check CHECK (((staff_id IS NULL) <> (role IS NULL))),
    CONSTRAINT access_role_check CHECK ((role = ANY (ARRAY['coordinator'::text, 'oncologist'::text])))
);

ALTER TABLE ONLY public.access FORCE ROW LEVEL SECURITY;

ALTER TABLE public.access OWNER TO vigie_owner;

-- Name: account; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.account (
    id uuid NOT NULL,
    establishment_id uuid NOT NULL,
    kind text NOT NULL,
    person_id uuid NOT NULL,
    role text NOT NULL,
    coordination_level smallint,
    login text,
    password_hash text,
    totp_secret bytea,
    totp_last_step bigint DEFAULT 0 NOT NULL,
    disabled_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    on_behalf_of uuid,
    CONSTRAINT account_caregiver_speaks_for_a_patient CHECK (((kind = 'caregiver'::text) = (on_behalf_of IS NOT NULL))),
    CONSTRAINT account_kind_check CHECK ((kind = ANY (ARRAY['staff'::text, 'patient'::text, 'caregiver'::text]))),
    CONSTRAINT account_login_check CHECK (((length(login) >= 3) AND (length(login) <= 200)))
);

ALTER TABLE public.account OWNER TO vigie_owner;

-- Name: adherence_day; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.adherence_day (
    establishment_id uuid NOT NULL,
    course_id uuid NOT NULL,
    drug text NOT NULL,
    day date NOT NULL,
    patient_id uuid NOT NULL,
    cycle integer NOT NULL,
    day_of_cycle integer NOT NULL,
    planned smallint NOT NULL,
    held smallint NOT NULL,
    expected smallint NOT NULL,
    taken smallint NOT NULL,
    partial smallint NOT NULL,
    on_time smallint NOT NULL,
    missed smallint NOT NULL,
    vomited smallint NOT NULL,
    unreported smallint NOT NULL,
    extra smallint NOT NULL,
    rest_day smallint NOT NULL,
    during_hold smallint NOT NULL,
    correct boolean NOT NULL,
    planned_ug bigint,
    prescribed_ug bigint,
    delivered_ug bigint,
    protocol_days smallint NOT NULL,
    elapsed_days smallint NOT NULL
);

ALTER TABLE ONLY public.adherence_day FORCE ROW LEVEL SECURITY;

ALTER TABLE public.adherence_day OWNER TO vigie_owner;

-- Name: adherence_state; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.adherence_state (
    establishment_id uuid NOT NULL,
    course_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    look_at timestamp with time zone,
    looked_at timestamp with time zone,
    counted_on date,
    facts jsonb DEFAULT '{}'::jsonb NOT NULL,
    raised jsonb DEFAULT '{}'::jsonb NOT NULL
);

ALTER TABLE ONLY public.adherence_state FORCE ROW LEVEL SECURITY;

ALTER TABLE public.adherence_state OWNER TO vigie_owner;

-- Name: agreement; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.agreement (
    establishment_id uuid NOT NULL,
    id uuid NOT NULL,
    side text NOT NULL,
    partner_id uuid NOT NULL,
    disciplines text[] NOT NULL,
    regimen_levels smallint[],
    regimens text[],
    from_minutes integer[] NOT NULL,
    to_minutes integer[] NOT NULL,
    holidays text NOT NULL,
    from_on date NOT NULL,
    until_on date NOT NULL,
    shares text[] NOT NULL,
    proposed_at timestamp with time zone NOT NULL,
    signed_at timestamp with time zone,
    signed_by uuid,
    partner_signed_at timestamp with time zone,
    ended_at timestamp with time zone,
    ended_by uuid,
    CONSTRAINT agreement_check CHECK ((partner_id <> establishment_id)),
    CONSTRAINT agreement_check1 CHECK ((from_on <= until_on)),
    CONSTRAINT agreement_check2 CHECK (((cardinality(from_minutes) = cardinality(to_minutes)) AND ((cardinality(from_minutes) >= 1) AND (cardinality(from_minutes) <= 50)))),
    CONSTRAINT agreement_check3 CHECK (((signed_at IS NULL) = (signed_by IS NULL))),
    CONSTRAINT agreement_disciplines_check CHECK (((cardinality(disciplines) > 0) AND (disciplines <@ ARRAY['level1'::text, 'level2'::text, 'oncologist'::text]))),
    CONSTRAINT agreement_holidays_check CHECK ((holidays = ANY (ARRAY['as_usual'::text, 'all_day'::text, 'only'::text]))),
    CONSTRAINT agreement_regimen_levels_check CHECK ((regimen_levels <@ ARRAY[(1)::smallint, (2)::smallint])),
    CONSTRAINT agreement_shares_check CHECK ((shares <@ ARRAY['alert'::text, 'reports'::text, 'treatment'::text, 'contact'::text])),
    CONSTRAINT agreement_side_check CHECK ((side = ANY (ARRAY['covered'::text, 'covering'::text])))
);

ALTER TABLE ONLY public.agreement FORCE ROW LEVEL SECURITY;

ALTER TABLE public.agreement OWNER TO vigie_owner;

-- Name: alert; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.alert (
    establishment_id uuid NOT NULL,
    id uuid NOT NULL,
    patient_id uuid NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    round integer DEFAULT 1 NOT NULL,
    state text NOT NULL,
    level text NOT NULL,
    emergency boolean NOT NULL,
    recipient text NOT NULL,
    read_by_hand boolean NOT NULL,
    hold boolean NOT NULL,
    reasons text[] NOT NULL,
    reports integer DEFAULT 1 NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    last_report_id uuid,
    last_report_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    acknowledge_due_at timestamp with time zone NOT NULL,
    contact_due_at timestamp with time zone NOT NULL,
    escalated_to text,
    acknowledged_at timestamp with time zone,
    acknowledged_by uuid,
    closed_at timestamp with time zone,
    closed_by uuid,
    action text,
    outcome text,
    toxicity_symptom text,
    toxicity_grade smallint,
    hospitalised boolean,
    dose_changed boolean,
    useful boolean,
    note text,
    policy text DEFAULT 'standard.2026-01-01'::text NOT NULL,
    agreements uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    owner_id uuid,
    contacted_at timestamp with time zone,
    contact_told_at timestamp with time zone,
    realert_at timestamp with time zone,
    paused_at timestamp with time zone,
    paused_until timestamp with time zone,
    pause_reason text,
    CONSTRAINT alert_check CHECK (((state = 'acknowledged'::text) <= (acknowledged_at IS NOT NULL))),
    CONSTRAINT alert_check1 CHECK (((state = 'closed'::text) = (closed_at IS NOT NULL))),
    CONSTRAINT alert_check2 CHECK (((state <> 'closed'::text) OR ((action IS NOT NULL) AND (outcome IS NOT NULL) AND (useful IS NOT NULL)))),
    CONSTRAINT alert_check3 CHECK ((((paused_until IS NULL) = (paused_at IS NULL)) AND ((paused_until IS NULL) = (pause_reason IS NULL)))),
    CONSTRAINT alert_check4 CHECK (((paused_until IS NULL) OR (state = 'acknowledged'::text))),
    CONSTRAINT alert_level_check CHECK ((level = ANY (ARRAY['yellow'::text, 'orange'::text, 'red'::text]))),
    CONSTRAINT alert_recipient_check CHECK ((recipient = ANY (ARRAY['level1'::text, 'level2'::text, 'oncologist'::text, 'emergency'::text]))),
    CONSTRAINT alert_state_check CHECK ((state = ANY (ARRAY['open'::text, 'acknowledged'::text, 'undeliverable'::text, 'closed'::text]))),
    CONSTRAINT alert_toxicity_grade_check CHECK (((toxicity_grade >= 0) AND (toxicity_grade <= 5)))
);

ALTER TABLE ONLY public.alert FORCE ROW LEVEL SECURITY;

ALTER TABLE public.alert OWNER TO vigie_owner;

-- Name: alert_round; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.alert_round (
    establishment_id uuid NOT NULL,
    alert_id uuid NOT NULL,
    round integer NOT NULL,
    cause text NOT NULL,
    level text NOT NULL,
    emergency boolean NOT NULL,
    recipient text NOT NULL,
    reasons text[] NOT NULL,
    began_at timestamp with time zone NOT NULL,
    acknowledge_due_at timestamp with time zone NOT NULL,
    contact_due_at timestamp with time zone NOT NULL,
    acknowledged_at timestamp with time zone,
    acknowledged_by uuid,
    contacted_at timestamp with time zone,
    undeliverable_at timestamp with time zone,
    CONSTRAINT alert_round_cause_check CHECK ((cause = ANY (ARRAY['report'::text, 'adherence'::text, 'missed_reports'::text, 'read_by_hand'::text, 'risk'::text, 'forgotten'::text, 'not_answered'::text, 'cover_ended'::text]))),
    CONSTRAINT alert_round_level_check CHECK ((level = ANY (ARRAY['yellow'::text, 'orange'::text, 'red'::text]))),
    CONSTRAINT alert_round_recipient_check CHECK ((recipient = ANY (ARRAY['level1'::text, 'level2'::text, 'oncologist'::text, 'emergency'::text])))
);

ALTER TABLE ONLY public.alert_round FORCE ROW LEVEL SECURITY;

ALTER TABLE public.alert_round OWNER TO vigie_owner;

-- Name: box; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.box (
    establishment_id uuid NOT NULL,
    id uuid NOT NULL,
    patient_id uuid NOT NULL,
    course_id uuid NOT NULL,
    drug text DEFAULT ''::text NOT NULL,
    label text NOT NULL,
    token_hash bytea NOT NULL,
    issued_by uuid NOT NULL,
    issued_at timestamp with time zone NOT NULL,
    last_heard_at timestamp with time zone,
    revoked_at timestamp with time zone,
    revoked_by uuid,
    CONSTRAINT box_check CHECK (((revoked_at IS NULL) = (revoked_by IS NULL))),
    CONSTRAINT box_drug_check CHECK ((length(drug) <= 64)),
    CONSTRAINT box_label_check CHECK (((length(label) >= 1) AND (length(label) <= 100)))
);

ALTER TABLE ONLY public.box FORCE ROW LEVEL SECURITY;

ALTER TABLE public.box OWNER TO vigie_owner;

-- Name: box_event; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.box_event (
    establishment_id uuid NOT NULL,
    box_id uuid NOT NULL,
    event_id text NOT NULL,
    patient_id uuid NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL,
    CONSTRAINT box_event_event_id_check CHECK (((length(event_id) >= 1) AND (length(event_id) <= 100)))
);

ALTER TABLE ONLY public.box_event FORCE ROW LEVEL SECURITY;

ALTER TABLE public.box_event OWNER TO vigie_owner;

-- Name: box_pause; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.box_pause (
    establishment_id uuid NOT NULL,
    box_id uuid NOT NULL,
    id uuid NOT NULL,
    from_at timestamp with time zone NOT NULL,
    until_at timestamp with time zone,
    reason text NOT NULL,
    noted_by_kind text NOT NULL,
    noted_by uuid NOT NULL,
    noted_at timestamp with time zone NOT NULL,
    withdrawn_at timestamp with time zone,
    withdrawn_by_kind text,
    withdrawn_by uuid,
    CONSTRAINT box_pause_check CHECK (((until_at IS NULL) OR (until_at > from_at))),
    CONSTRAINT box_pause_noted_by_kind_check CHECK ((noted_by_kind = ANY (ARRAY['patient'::text, 'staff'::text]))),
    CONSTRAINT box_pause_reason_check CHECK ((reason = ANY (ARRAY['hospital'::text, 'battery'::text, 'pocket_doses'::text, 'refill'::text, 'other'::text, 'travel'::text, 'lent'::text, 'out_of_order'::text]))),
    CONSTRAINT box_pause_withdrawn CHECK ((((withdrawn_at IS NULL) = (withdrawn_by IS NULL)) AND ((withdrawn_at IS NULL) = (withdrawn_by_kind IS NULL)))),
    CONSTRAINT box_pause_withdrawn_by_kind_check CHECK ((withdrawn_by_kind = ANY (ARRAY['patient'::text, 'staff'::text])))
);

ALTER TABLE ONLY public.box_pause FORCE ROW LEVEL SECURITY;

ALTER TABLE public.box_pause OWNER TO vigie_owner;

-- Name: call_pace; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.call_pace (
    establishment_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    window_at timestamp with time zone,
    level text,
    sent integer DEFAULT 0 NOT NULL,
    CONSTRAINT call_pace_level_check CHECK ((level = ANY (ARRAY['yellow'::text, 'orange'::text, 'red'::text])))
);

ALTER TABLE ONLY public.call_pace FORCE ROW LEVEL SECURITY;

ALTER TABLE public.call_pace OWNER TO vigie_owner;

-- Name: caregiver; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.caregiver (
    establishment_id uuid NOT NULL,
    id uuid NOT NULL,
    patient_id uuid NOT NULL,
    identity bytea NOT NULL,
    relation text NOT NULL,
    named_by_kind text NOT NULL,
    named_by uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    ended_by_kind text,
    ended_by uuid,
    CONSTRAINT caregiver_check CHECK ((((ended_at IS NULL) = (ended_by IS NULL)) AND ((ended_by IS NULL) = (ended_by_kind IS NULL)))),
    CONSTRAINT caregiver_ended_by_kind_check CHECK ((ended_by_kind = ANY (ARRAY['patient'::text, 'staff'::text]))),
    CONSTRAINT caregiver_named_by_kind_check CHECK ((named_by_kind = ANY (ARRAY['patient'::text, 'staff'::text]))),
    CONSTRAINT caregiver_relation_check CHECK ((relation = ANY (ARRAY['partner'::text, 'child'::text, 'parent'::text, 'other'::text])))
);

ALTER TABLE ONLY public.caregiver FORCE ROW LEVEL SECURITY;

ALTER TABLE public.caregiver OWNER TO vigie_owner;

-- Name: channel_choice; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.channel_choice (
    establishment_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    channels text[] NOT NULL,
    CONSTRAINT channel_choice_channels_check CHECK ((((cardinality(channels) >= 1) AND (cardinality(channels) <= 4)) AND (channels <@ ARRAY['web_push'::text, 'email'::text, 'sms'::text, 'voice'::text])))
);

ALTER TABLE ONLY public.channel_choice FORCE ROW LEVEL SECURITY;

ALTER TABLE public.channel_choice OWNER TO vigie_owner;

-- Name: chart_verdict; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.chart_verdict (
    establishment_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    id uuid NOT NULL,
    source text NOT NULL,
    level text NOT NULL,
    emergency boolean NOT NULL,
    recipient text NOT NULL,
    hold boolean NOT NULL,
    reasons text[] NOT NULL,
    detail jsonb NOT NULL,
    rulebook text NOT NULL,
    acknowledge_due_at timestamp with time zone,
    contact_due_at timestamp with time zone,
    judged_at timestamp with time zone NOT NULL,
    replayed boolean DEFAULT false NOT NULL,
    CONSTRAINT chart_verdict_check CHECK (((level = 'red'::text) OR (NOT emergency))),
    CONSTRAINT chart_verdict_level_check CHECK ((level = ANY (ARRAY['green'::text, 'yellow'::text, 'orange'::text, 'red'::text]))),
    CONSTRAINT chart_verdict_recipient_check CHECK ((recipient = ANY (ARRAY['none'::text, 'level1'::text, 'level2'::text, 'oncologist'::text, 'emergency'::text]))),
    CONSTRAINT chart_verdict_source_check CHECK ((source = ANY (ARRAY['adherence'::text, 'missed_reports'::text, 'read_by_hand'::text, 'risk'::text])))
);

ALTER TABLE ONLY public.chart_verdict FORCE ROW LEVEL SECURITY;

ALTER TABLE public.chart_verdict OWNER TO vigie_owner;

-- Name: clock; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.clock (
    only_row boolean DEFAULT true NOT NULL,
    shift interval DEFAULT '00:00:00'::interval NOT NULL,
    frozen_at timestamp with time zone,
    CONSTRAINT clock_only_row_check CHECK (only_row)
);

ALTER TABLE public.clock OWNER TO vigie_owner;

-- Name: course; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.course (
    establishment_id uuid NOT NULL,
    id uuid NOT NULL,
    patient_id uuid NOT NULL,
    regimen text NOT NULL,
    started_on date NOT NULL,
    state text NOT NULL,
    baseline jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    prescription jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT course_state_check CHECK ((state = ANY (ARRAY['planned'::text, 'active'::text, 'on_hold'::text, 'stopped'::text, 'completed'::text])))
);

ALTER TABLE ONLY public.course FORCE ROW LEVEL SECURITY;

ALTER TABLE public.course OWNER TO vigie_owner;

-- Name: course_hours; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.course_hours (
    establishment_id uuid NOT NULL,
    course_id uuid NOT NULL,
    drug text NOT NULL,
    since date NOT NULL,
    patient_id uuid NOT NULL,
    times time without time zone[] NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT course_hours_drug_check CHECK ((length(drug) <= 64)),
    CONSTRAINT course_hours_times_check CHECK (((cardinality(times) >= 1) AND (cardinality(times) <= 24)))
);

ALTER TABLE ONLY public.course_hours FORCE ROW LEVEL SECURITY;

ALTER TABLE public.course_hours OWNER TO vigie_owner;

-- Name: course_order; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.course_order (
    establishment_id uuid NOT NULL,
    course_id uuid NOT NULL,
    number integer NOT NULL,
    patient_id uuid NOT NULL,
    kind text NOT NULL,
    content jsonb NOT NULL,
    note text,
    entered_by uuid,
    entered_at timestamp with time zone NOT NULL,
    CONSTRAINT course_order_kind_check CHECK ((kind = ANY (ARRAY['start'::text, 'hold'::text, 'resume'::text, 'dose_change'::text, 'stop'::text, 'complete'::text]))),
    CONSTRAINT course_order_note_check CHECK ((length(note) <= 2000)),
    CONSTRAINT course_order_number_check CHECK ((number > 0))
);

ALTER TABLE ONLY public.course_order FORCE ROW LEVEL SECURITY;

ALTER TABLE public.course_order OWNER TO vigie_owner;

-- Name: cover; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.cover (
    establishment_id uuid NOT NULL,
    id uuid NOT NULL,
    side text NOT NULL,
    other_id uuid NOT NULL,
    agreement_id uuid NOT NULL,
    alert_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    from_at timestamp with time zone NOT NULL,
    until_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    CONSTRAINT cover_side_check CHECK ((side = ANY (ARRAY['covered'::text, 'covering'::text])))
);

ALTER TABLE ONLY public.cover FORCE ROW LEVEL SECURITY;

ALTER TABLE public.cover OWNER TO vigie_owner;

-- Name: coverage_hole; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.coverage_hole (
    establishment_id uuid NOT NULL,
    id uuid NOT NULL,
    recipient text NOT NULL,
    from_at timestamp with time zone NOT NULL,
    to_at timestamp with time zone NOT NULL,
    found_at timestamp with time zone NOT NULL,
    told_at timestamp with time zone,
    closed_at timestamp with time zone,
    CONSTRAINT coverage_hole_check CHECK ((from_at < to_at)),
    CONSTRAINT coverage_hole_recipient_check CHECK ((recipient = ANY (ARRAY['level1'::text, 'level2'::text, 'oncologist'::text])))
);

ALTER TABLE ONLY public.coverage_hole FORCE ROW LEVEL SECURITY;

ALTER TABLE public.coverage_hole OWNER TO vigie_owner;

-- Name: delivery_attempt; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.delivery_attempt (
    establishment_id uuid NOT NULL,
    id uuid NOT NULL,
    message_kind text NOT NULL,
    message_id uuid NOT NULL,
    channel text NOT NULL,
    target_id uuid,
    at timestamp with time zone NOT NULL,
    outcome text NOT NULL,
    because text NOT NULL,
    status integer,
    CONSTRAINT delivery_attempt_channel_check CHECK ((channel = ANY (ARRAY['web_push'::text, 'email'::text, 'sms'::text, 'voice'::text, 'screen'::text]))),
    CONSTRAINT delivery_attempt_message_kind_check CHECK ((message_kind = ANY (ARRAY['call'::text, 'notice'::text]))),
    CONSTRAINT delivery_attempt_outcome_check CHECK ((outcome = ANY (ARRAY['accepted'::text, 'gone'::text, 'retry'::text, 'give_up'::text, 'our_fault'::text, 'refused'::text, 'none'::text])))
);

ALTER TABLE ONLY public.delivery_attempt FORCE ROW LEVEL SECURITY;

ALTER TABLE public.delivery_attempt OWNER TO vigie_owner;

-- Name: delivery_count; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.delivery_count (
    channel text NOT NULL,
    outcome text NOT NULL,
    because text NOT NULL,
    times bigint NOT NULL
);

ALTER TABLE public.delivery_count OWNER TO vigie_owner;

-- Name: dispensing; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.dispensing (
    establishment_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    id uuid NOT NULL,
    course_id uuid NOT NULL,
    drug text DEFAULT ''::text NOT NULL,
    strength_mg double precision NOT NULL,
    kind text NOT NULL,
    units integer NOT NULL,
    dispensed_on date NOT NULL,
    author_kind text NOT NULL,
    author_id uuid NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT dispensing_author_kind_check CHECK ((author_kind = ANY (ARRAY['patient'::text, 'caregiver'::text, 'staff'::text]))),
    CONSTRAINT dispensing_drug_check CHECK ((length(drug) <= 64)),
    CONSTRAINT dispensing_kind_check CHECK ((kind = ANY (ARRAY['dispensed'::text, 'returned'::text]))),
    CONSTRAINT dispensing_strength_mg_check CHECK (((strength_mg > (0)::double precision) AND (strength_mg < (100000)::double precision))),
    CONSTRAINT dispensing_units_check CHECK (((units >= 1) AND (units <= 10000)))
);

ALTER TABLE ONLY public.dispensing FORCE ROW LEVEL SECURITY;

ALTER TABLE public.dispensing OWNER TO vigie_owner;

-- Name: duty; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.duty (
    establishment_id uuid NOT NULL,
    id uuid NOT NULL,
    staff_id uuid NOT NULL,
    role text NOT NULL,
    coordination_level smallint,
    from_minute integer NOT NULL,
    to_minute integer NOT NULL,
    from_on date,
    until_on date,
    holidays text DEFAULT 'worked'::text NOT NULL,
    CONSTRAINT duty_check CHECK ((from_minute < to_minute)),
    CONSTRAINT duty_check1 CHECK (((role = 'coordinator'::text) = (coordination_level IS NOT NULL))),
    CONSTRAINT duty_check2 CHECK (((until_on IS NULL) OR (from_on IS NULL) OR (until_on >= from_on))),
    CONSTRAINT duty_coordination_level_check CHECK ((coordination_level = ANY (ARRAY[1, 2]))),
    CONSTRAINT duty_from_minute_check CHECK (((from_minute >= 0) AND (from_minute <= 10079))),
    CONSTRAINT duty_holidays_check CHECK ((holidays = ANY (ARRAY['worked'::text, 'off'::text, 'only'::text]))),
    CONSTRAINT duty_role_check CHECK ((role = ANY (ARRAY['coordinator'::text, 'oncologist'::text]))),
    CONSTRAINT duty_to_minute_check CHECK (((to_minute >= 1) AND (to_minute <= 10080)))
);

ALTER TABLE ONLY public.duty FORCE ROW LEVEL SECURITY;

ALTER TABLE public.duty OWNER TO vigie_owner;

-- Name: duty_change; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.duty_change (
    establishment_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    staff_id uuid NOT NULL,
    role text,
    coordination_level smallint,
    from_at timestamp with time zone NOT NULL,
    to_at timestamp with time zone NOT NULL,
    swap_id uuid,
    made_by uuid NOT NULL,
    made_at timestamp with time zone NOT NULL,
    cancelled_at timestamp with time zone,
    cancelled_by uuid,
    CONSTRAINT duty_change_check CHECK ((from_at < to_at)),
    CONSTRAINT duty_change_check1 CHECK (((kind = 'extra'::text) = (role IS NOT NULL))),
    CONSTRAINT duty_change_check2 CHECK (((NOT (role IS DISTINCT FROM 'coordinator'::text)) = (coordination_level IS NOT NULL))),
    CONSTRAINT duty_change_coordination_level_check CHECK ((coordination_level = ANY (ARRAY[1, 2]))),
    CONSTRAINT duty_change_kind_check CHECK ((kind = ANY (ARRAY['absence'::text, 'extra'::text]))),
    CONSTRAINT duty_change_role_check CHECK ((role = ANY (ARRAY['coordinator'::text, 'oncologist'::text])))
);

ALTER TABLE ONLY public.duty_change FORCE ROW LEVEL SECURITY;

ALTER TABLE public.duty_change OWNER TO vigie_owner;

-- Name: escalation; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.escalation (
    establishment_id uuid NOT NULL,
    alert_id uuid NOT NULL,
    round integer NOT NULL,
    step integer NOT NULL,
    recipients text[] NOT NULL,
    due_at timestamp with time zone NOT NULL,
    done_at timestamp with time zone,
    outcome text,
    CONSTRAINT escalation_check CHECK (((done_at IS NULL) = (outcome IS NULL))),
    CONSTRAINT escalation_outcome_check CHECK ((outcome = ANY (ARRAY['notified'::text, 'nobody'::text, 'acknowledged'::text, 'superseded'::text, 'undeliverable'::text])))
);

ALTER TABLE ONLY public.escalation FORCE ROW LEVEL SECURITY;

ALTER TABLE public.escalation OWNER TO vigie_owner;

-- Name: establishment; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.establishment (
    id uuid NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    timezone text NOT NULL,
    phone text NOT NULL,
    data_key bytea NOT NULL,
    data_key_id text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT establishment_kind_check CHECK ((kind = ANY (ARRAY['public'::text, 'private'::text, 'community'::text]))),
    CONSTRAINT establishment_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200)))
);

ALTER TABLE public.establishment OWNER TO vigie_owner;

-- Name: establishment_setting; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.establishment_setting (
    establishment_id uuid NOT NULL,
    from_on date NOT NULL,
    id uuid NOT NULL,
    weekdays smallint[] NOT NULL,
    opens time without time zone NOT NULL,
    closes time without time zone NOT NULL,
    policy text NOT NULL,
    made_by uuid NOT NULL,
    made_at timestamp with time zone NOT NULL,
    CONSTRAINT establishment_setting_check CHECK ((opens < closes)),
    CONSTRAINT establishment_setting_weekdays_check CHECK ((((cardinality(weekdays) >= 1) AND (cardinality(weekdays) <= 7)) AND (weekdays <@ ARRAY[(0)::smallint, (1)::smallint, (2)::smallint, (3)::smallint, (4)::smallint, (5)::smallint, (6)::smallint])))
);

ALTER TABLE ONLY public.establishment_setting FORCE ROW LEVEL SECURITY;

ALTER TABLE public.establishment_setting OWNER TO vigie_owner;

-- Name: event; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.event (
    establishment_id uuid NOT NULL,
    id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    verb text NOT NULL,
    patient_id uuid,
    subject_id uuid,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    seq bigint,
    chain bytea,
    CONSTRAINT event_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['patient'::text, 'caregiver'::text, 'staff'::text, 'system'::text]))),
    CONSTRAINT event_check CHECK (((seq IS NULL) = (chain IS NULL)))
);

ALTER TABLE ONLY public.event FORCE ROW LEVEL SECURITY;

ALTER TABLE public.event OWNER TO vigie_owner;

-- Name: hand_over; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.hand_over (
    establishment_id uuid NOT NULL,
    id uuid NOT NULL,
    alert_id uuid NOT NULL,
    from_id uuid NOT NULL,
    to_id uuid NOT NULL,
    state text NOT NULL,
    reason text,
    asked_at timestamp with time zone NOT NULL,
    answer_by timestamp with time zone NOT NULL,
    answered_at timestamp with time zone,
    CONSTRAINT hand_over_check CHECK (((state = 'asked'::text) = (answered_at IS NULL))),
    CONSTRAINT hand_over_check1 CHECK (((state = 'refused'::text) = (reason IS NOT NULL))),
    CONSTRAINT hand_over_check2 CHECK ((from_id <> to_id)),
    CONSTRAINT hand_over_state_check CHECK ((state = ANY (ARRAY['asked'::text, 'accepted'::text, 'refused'::text, 'withdrawn'::text, 'lapsed'::text, 'overtaken'::text])))
);

ALTER TABLE ONLY public.hand_over FORCE ROW LEVEL SECURITY;

ALTER TABLE public.hand_over OWNER TO vigie_owner;

-- Name: intake; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.intake (
    establishment_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    id uuid NOT NULL,
    course_id uuid NOT NULL,
    slot_on date NOT NULL,
    slot smallint,
    state text NOT NULL,
    reason text,
    recorded_at timestamp with time zone NOT NULL,
    author_kind text NOT NULL,
    author_id uuid NOT NULL,
    drug text DEFAULT ''::text NOT NULL,
    planned_at timestamp with time zone,
    taken_at timestamp with time zone NOT NULL,
    mg double precision,
    content jsonb,
    content_sha256 bytea,
    replaces uuid,
    answer jsonb,
    undone_at timestamp with time zone,
    undone_by uuid,
    CONSTRAINT intake_author_kind_check CHECK ((author_kind = ANY (ARRAY['patient'::text, 'caregiver'::text, 'staff'::text]))),
    CONSTRAINT intake_drug_check CHECK ((length(drug) <= 64)),
    CONSTRAINT intake_mg_check CHECK (((mg > (0)::double precision) AND (mg < (100000)::double precision))),
    CONSTRAINT intake_state_check CHECK ((state = ANY (ARRAY['taken'::text, 'late'::text, 'missed'::text, 'vomited'::text, 'extra'::text])))
);

ALTER TABLE ONLY public.intake FORCE ROW LEVEL SECURITY;

ALTER TABLE public.intake OWNER TO vigie_owner;

-- Name: intake_conflict; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.intake_conflict (
    establishment_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    intake_id uuid NOT NULL,
    content_sha256 bytea NOT NULL,
    content jsonb NOT NULL,
    received_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.intake_conflict FORCE ROW LEVEL SECURITY;

ALTER TABLE public.intake_conflict OWNER TO vigie_owner;

-- Name: lease; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.lease (
    name text NOT NULL,
    holder uuid NOT NULL,
    token bigint NOT NULL,
    until_at timestamp with time zone NOT NULL
);

ALTER TABLE public.lease OWNER TO vigie_owner;

-- Name: mute; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.mute (
    establishment_id uuid NOT NULL,
    id uuid NOT NULL,
    patient_id uuid NOT NULL,
    alert_id uuid NOT NULL,
    symptom text NOT NULL,
    level text NOT NULL,
    grade smallint NOT NULL,
    rules text[] NOT NULL,
    reason text NOT NULL,
    by_id uuid NOT NULL,
    from_at timestamp with time zone NOT NULL,
    until_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    ended_by uuid,
    CONSTRAINT mute_check CHECK ((until_at > from_at)),
    CONSTRAINT mute_grade_check CHECK (((grade >= 0) AND (grade <= 3))),
    CONSTRAINT mute_level_check CHECK ((level = ANY (ARRAY['yellow'::text, 'orange'::text])))
);

ALTER TABLE ONLY public.mute FORCE ROW LEVEL SECURITY;

ALTER TABLE public.mute OWNER TO vigie_owner;

-- Name: notice; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.notice (
    establishment_id uuid NOT NULL,
    id uuid NOT NULL,
    person_kind text NOT NULL,
    person_id uuid NOT NULL,
    kind text NOT NULL,
    subject_id uuid,
    target_id uuid,
    dedupe_key text NOT NULL,
    channel text,
    tried text[] DEFAULT '{}'::text[] NOT NULL,
    state text NOT NULL,
    token text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    run_after timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    accepted_at timestamp with time zone,
    received_at timestamp with time zone,
    opened_at timestamp with time zone,
    failed_because text,
    CONSTRAINT notice_channel_check CHECK ((channel = ANY (ARRAY['web_push'::text, 'email'::text, 'sms'::text, 'voice'::text, 'screen'::text]))),
    CONSTRAINT notice_check CHECK (((run_after < expires_at) OR (state <> 'pending'::text) OR (attempts > 0))),
    CONSTRAINT notice_dedupe_key_check CHECK (((length(dedupe_key) >= 1) AND (length(dedupe_key) <= 200))),
    CONSTRAINT notice_kind_check CHECK ((kind ~ '^[a-z_]{1,40}$'::text)),
    CONSTRAINT notice_person_kind_check CHECK ((person_kind = ANY (ARRAY['staff'::text, 'patient'::text]))),
    CONSTRAINT notice_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'accepted'::text, 'received'::text, 'opened'::text, 'failed'::text, 'cancelled'::text])))
);

ALTER TABLE ONLY public.notice FORCE ROW LEVEL SECURITY;

ALTER TABLE public.notice OWNER TO vigie_owner;

-- Name: notification; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.notification (
    establishment_id uuid NOT NULL,
    id uuid NOT NULL,
    alert_id uuid NOT NULL,
    round integer NOT NULL,
    step integer NOT NULL,
    staff_id uuid NOT NULL,
    recipient text NOT NULL,
    channel text DEFAULT 'web_push'::text NOT NULL,
    level text NOT NULL,
    state text NOT NULL,
    token text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    run_after timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    accepted_at timestamp with time zone,
    received_at timestamp with time zone,
    opened_at timestamp with time zone,
    failed_because text,
    why text DEFAULT 'ladder'::text NOT NULL,
    basis text DEFAULT 'duty'::text NOT NULL,
    agreement_id uuid,
    tried text[] DEFAULT '{}'::text[] NOT NULL,
    waits boolean DEFAULT true NOT NULL,
    bundle_id uuid,
    sent_at timestamp with time zone,
    resent_at timestamp with time zone,
    CONSTRAINT notification_basis_check CHECK ((basis = ANY (ARRAY['duty'::text, 'everyone'::text, 'cover'::text, 'owner'::text, 'named'::text]))),
    CONSTRAINT notification_channel_check CHECK ((channel = ANY (ARRAY['web_push'::text, 'email'::text, 'sms'::text, 'voice'::text, 'screen'::text]))),
    CONSTRAINT notification_level_check CHECK ((level = ANY (ARRAY['yellow'::text, 'orange'::text, 'red'::text]))),
    CONSTRAINT notification_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'accepted'::text, 'received'::text, 'opened'::text, 'failed'::text]))),
    CONSTRAINT notification_why_check CHECK ((why = ANY (ARRAY['ladder'::text, 'forgotten'::text, 'not_answered'::text, 'cover_ended'::text, 'handed_over'::text, 'hand_over_refused'::text, 'contact_overdue'::text, 'pause_ended'::text])))
);

ALTER TABLE ONLY public.notification FORCE ROW LEVEL SECURITY;

ALTER TABLE public.notification OWNER TO vigie_owner;

-- Name: one_time_code; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.one_time_code (
    selector text NOT NULL,
    secret_hash bytea NOT NULL,
    purpose text NOT NULL,
    account_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    tries smallint DEFAULT 0 NOT NULL,
    CONSTRAINT one_time_code_purpose_check CHECK ((purpose = ANY (ARRAY['activation'::text, 'invitation'::text, 'demo'::text])))
);

ALTER TABLE public.one_time_code OWNER TO vigie_owner;

-- Name: order_signature; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.order_signature (
    establishment_id uuid NOT NULL,
    course_id uuid NOT NULL,
    number integer NOT NULL,
    signed_by uuid NOT NULL,
    signed_at timestamp with time zone NOT NULL,
    prescription jsonb
);

ALTER TABLE ONLY public.order_signature FORCE ROW LEVEL SECURITY;

ALTER TABLE public.order_signature OWNER TO vigie_owner;

-- Name: outcome_answer; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.outcome_answer (
    establishment_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    id uuid NOT NULL,
    first_on date NOT NULL,
    last_on date NOT NULL,
    visit boolean,
    visit_on date,
    severe boolean,
    severe_on date,
    answered_at timestamp with time zone NOT NULL,
    author_kind text NOT NULL,
    author_id uuid NOT NULL,
    CONSTRAINT outcome_answer_author_kind_check CHECK ((author_kind = ANY (ARRAY['patient'::text, 'staff'::text]))),
    CONSTRAINT outcome_answer_check CHECK ((last_on = (first_on + 13))),
    CONSTRAINT outcome_answer_check1 CHECK (((COALESCE(visit, false) = (visit_on IS NOT NULL)) AND (COALESCE(severe, false) = (severe_on IS NOT NULL)))),
    CONSTRAINT outcome_answer_check2 CHECK ((((visit_on >= first_on) AND (visit_on <= last_on)) AND ((severe_on >= first_on) AND (severe_on <= last_on))))
);

ALTER TABLE ONLY public.outcome_answer FORCE ROW LEVEL SECURITY;

ALTER TABLE public.outcome_answer OWNER TO vigie_owner;

-- Name: outcome_timer; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.outcome_timer (
    establishment_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    look_at timestamp with time zone
);

ALTER TABLE ONLY public.outcome_timer FORCE ROW LEVEL SECURITY;

ALTER TABLE public.outcome_timer OWNER TO vigie_owner;

-- Name: patient; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.patient (
    establishment_id uuid NOT NULL,
    id uuid NOT NULL,
    identity bytea NOT NULL,
    identity_token bytea NOT NULL,
    locale text DEFAULT 'fr'::text NOT NULL,
    timezone text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    left_at timestamp with time zone,
    CONSTRAINT patient_locale_check CHECK ((locale = ANY (ARRAY['fr'::text, 'en'::text])))
);

ALTER TABLE ONLY public.patient FORCE ROW LEVEL SECURITY;

ALTER TABLE public.patient OWNER TO vigie_owner;

-- Name: patient_stop; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.patient_stop (
    establishment_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    id uuid NOT NULL,
    course_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    reason text NOT NULL,
    author_kind text NOT NULL,
    author_id uuid NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    resumed_at timestamp with time zone,
    CONSTRAINT patient_stop_author_kind_check CHECK ((author_kind = ANY (ARRAY['patient'::text, 'caregiver'::text, 'staff'::text])))
);

ALTER TABLE ONLY public.patient_stop FORCE ROW LEVEL SECURITY;

ALTER TABLE public.patient_stop OWNER TO vigie_owner;

-- Name: patient_zone; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.patient_zone (
    establishment_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    since timestamp with time zone NOT NULL,
    name text NOT NULL,
    before text NOT NULL,
    CONSTRAINT patient_zone_before_check CHECK ((length(before) <= 64)),
    CONSTRAINT patient_zone_name_check CHECK ((length(name) <= 64))
);

ALTER TABLE ONLY public.patient_zone FORCE ROW LEVEL SECURITY;

ALTER TABLE public.patient_zone OWNER TO vigie_owner;

-- Name: plan_receipt; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.plan_receipt (
    establishment_id uuid NOT NULL,
    course_id uuid NOT NULL,
    number integer NOT NULL,
    patient_id uuid NOT NULL,
    read_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.plan_receipt FORCE ROW LEVEL SECURITY;

ALTER TABLE public.plan_receipt OWNER TO vigie_owner;

-- Name: push_device; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.push_device (
    establishment_id uuid NOT NULL,
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    endpoint text NOT NULL,
    p256dh text NOT NULL,
    auth text NOT NULL,
    server_key text,
    label text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_receipt_at timestamp with time zone,
    dropped_at timestamp with time zone,
    CONSTRAINT push_device_endpoint_check CHECK ((length(endpoint) <= 2048)),
    CONSTRAINT push_device_label_check CHECK ((length(label) <= 200))
);

ALTER TABLE ONLY public.push_device FORCE ROW LEVEL SECURITY;

ALTER TABLE public.push_device OWNER TO vigie_owner;

-- Name: refill; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.refill (
    establishment_id uuid NOT NULL,
    course_id uuid NOT NULL,
    empty_on date NOT NULL,
    patient_id uuid NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    settled_at timestamp with time zone,
    settled_by uuid
);

ALTER TABLE ONLY public.refill FORCE ROW LEVEL SECURITY;

ALTER TABLE public.refill OWNER TO vigie_owner;

-- Name: reminder; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.reminder (
    establishment_id uuid NOT NULL,
    course_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    slot_on date NOT NULL,
    clock time without time zone NOT NULL,
    turn smallint NOT NULL,
    due_at timestamp with time zone NOT NULL,
    until_at timestamp with time zone NOT NULL,
    state text NOT NULL,
    settled_at timestamp with time zone,
    CONSTRAINT reminder_check CHECK (((state = 'waiting'::text) = (settled_at IS NULL))),
    CONSTRAINT reminder_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'sent'::text, 'answered'::text, 'expired'::text])))
);

ALTER TABLE ONLY public.reminder FORCE ROW LEVEL SECURITY;

ALTER TABLE public.reminder OWNER TO vigie_owner;

-- Name: reminder_plan; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.reminder_plan (
    establishment_id uuid NOT NULL,
    course_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    until_at timestamp with time zone NOT NULL,
    extend_at timestamp with time zone
);

ALTER TABLE ONLY public.reminder_plan FORCE ROW LEVEL SECURITY;

ALTER TABLE public.reminder_plan OWNER TO vigie_owner;

-- Name: reminder_setting; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.reminder_setting (
    establishment_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    enabled boolean DEFAULT true NOT NULL,
    repeats smallint DEFAULT 0 NOT NULL,
    repeat_minutes smallint DEFAULT 60 NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT reminder_setting_repeat_minutes_check CHECK (((repeat_minutes >= 15) AND (repeat_minutes <= 240))),
    CONSTRAINT reminder_setting_repeats_check CHECK (((repeats >= 0) AND (repeats <= 2)))
);

ALTER TABLE ONLY public.reminder_setting FORCE ROW LEVEL SECURITY;

ALTER TABLE public.reminder_setting OWNER TO vigie_owner;

-- Name: report; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.report (
    establishment_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    id uuid NOT NULL,
    course_id uuid,
    received_at timestamp with time zone NOT NULL,
    told_at timestamp with time zone NOT NULL,
    author_kind text NOT NULL,
    author_id uuid NOT NULL,
    content jsonb NOT NULL,
    content_sha256 bytea NOT NULL,
    replaces uuid,
    cycle integer NOT NULL,
    day_of_cycle integer NOT NULL,
    quarantined boolean DEFAULT false NOT NULL,
    CONSTRAINT report_author_kind_check CHECK ((author_kind = ANY (ARRAY['patient'::text, 'caregiver'::text, 'staff'::text])))
);

ALTER TABLE ONLY public.report FORCE ROW LEVEL SECURITY;

ALTER TABLE public.report OWNER TO vigie_owner;

-- Name: report_conflict; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.report_conflict (
    establishment_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    report_id uuid NOT NULL,
    content_sha256 bytea NOT NULL,
    content jsonb NOT NULL,
    received_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.report_conflict FORCE ROW LEVEL SECURITY;

ALTER TABLE public.report_conflict OWNER TO vigie_owner;

-- Name: risk_approval; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.risk_approval (
    establishment_id uuid NOT NULL,
    proposal_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    approved_at timestamp with time zone NOT NULL,
    knows_synthetic boolean NOT NULL
);

ALTER TABLE ONLY public.risk_approval FORCE ROW LEVEL SECURITY;

ALTER TABLE public.risk_approval OWNER TO vigie_owner;

-- Name: risk_card; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.risk_card (
    establishment_id uuid NOT NULL,
    sha256 text NOT NULL,
    parent_sha256 text NOT NULL,
    document text NOT NULL,
    made_at timestamp with time zone NOT NULL,
    made_by uuid NOT NULL,
    CONSTRAINT risk_card_sha256_check CHECK ((length(sha256) = 64))
);

ALTER TABLE ONLY public.risk_card FORCE ROW LEVEL SECURITY;

ALTER TABLE public.risk_card OWNER TO vigie_owner;

-- Name: risk_edition; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.risk_edition (
    sha256 text NOT NULL,
    document text NOT NULL,
    first_used_at timestamp with time zone NOT NULL,
    CONSTRAINT risk_edition_sha256_check CHECK ((length(sha256) = 64))
);

ALTER TABLE public.risk_edition OWNER TO vigie_owner;

-- Name: risk_freeze; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.risk_freeze (
    establishment_id uuid NOT NULL,
    id uuid NOT NULL,
    reason text NOT NULL,
    detail jsonb NOT NULL,
    frozen_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    ended_by uuid,
    end_reason text,
    CONSTRAINT risk_freeze_check CHECK ((((ended_at IS NULL) = (ended_by IS NULL)) AND ((ended_at IS NULL) = (end_reason IS NULL)))),
    CONSTRAINT risk_freeze_end_reason_check CHECK (((length(end_reason) >= 1) AND (length(end_reason) <= 2000))),
    CONSTRAINT risk_freeze_reason_check CHECK ((reason = ANY (ARRAY['calibration'::text, 'abstention'::text, 'card_age'::text])))
);

ALTER TABLE ONLY public.risk_freeze FORCE ROW LEVEL SECURITY;

ALTER TABLE public.risk_freeze OWNER TO vigie_owner;

-- Name: risk_gate; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.risk_gate (
    establishment_id uuid NOT NULL,
    id uuid NOT NULL,
    card_sha256 text NOT NULL,
    champion_sha256 text NOT NULL,
    passed boolean NOT NULL,
    criteria jsonb NOT NULL,
    judged_at timestamp with time zone NOT NULL,
    judged_by uuid NOT NULL
);

ALTER TABLE ONLY public.risk_gate FORCE ROW LEVEL SECURITY;

ALTER TABLE public.risk_gate OWNER TO vigie_owner;

-- Name: risk_mode; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.risk_mode (
    establishment_id uuid NOT NULL,
    number integer NOT NULL,
    mode text NOT NULL,
    card_sha256 text NOT NULL,
    yellow_from double precision,
    orange_from double precision,
    yellow_budget double precision,
    orange_budget double precision,
    reason text NOT NULL,
    set_at timestamp with time zone NOT NULL,
    set_by uuid NOT NULL,
    proposal_id uuid,
    challenger_sha256 text,
    restores integer,
    CONSTRAINT risk_mode_check CHECK (((mode <> 'live'::text) OR ((proposal_id IS NOT NULL) AND (orange_from IS NOT NULL)))),
    CONSTRAINT risk_mode_check1 CHECK ((restores < number)),
    CONSTRAINT risk_mode_mode_check CHECK ((mode = ANY (ARRAY['off'::text, 'shadow'::text, 'live'::text]))),
    CONSTRAINT risk_mode_number_check CHECK ((number > 0)),
    CONSTRAINT risk_mode_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 2000)))
);

ALTER TABLE ONLY public.risk_mode FORCE ROW LEVEL SECURITY;

ALTER TABLE public.risk_mode OWNER TO vigie_owner;

-- Name: risk_monitor; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.risk_monitor (
    establishment_id uuid NOT NULL,
    week_on date NOT NULL,
    made_at timestamp with time zone NOT NULL,
    card_sha256 text NOT NULL,
    watch jsonb NOT NULL,
    CONSTRAINT risk_monitor_week_on_check CHECK ((EXTRACT(isodow FROM week_on) = (1)::numeric))
);

ALTER TABLE ONLY public.risk_monitor FORCE ROW LEVEL SECURITY;

ALTER TABLE public.risk_monitor OWNER TO vigie_owner;

-- Name: risk_proposal; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.risk_proposal (
    establishment_id uuid NOT NULL,
    id uuid NOT NULL,
    card_sha256 text NOT NULL,
    yellow_from double precision,
    orange_from double precision NOT NULL,
    yellow_budget double precision,
    orange_budget double precision NOT NULL,
    reason text NOT NULL,
    proposed_at timestamp with time zone NOT NULL,
    proposed_by uuid,
    CONSTRAINT risk_proposal_check CHECK (((yellow_from IS NULL) = (yellow_budget IS NULL))),
    CONSTRAINT risk_proposal_check1 CHECK (((yellow_from IS NULL) OR (yellow_from <= orange_from))),
    CONSTRAINT risk_proposal_orange_budget_check CHECK ((orange_budget > (0)::double precision)),
    CONSTRAINT risk_proposal_reason_check CHECK (((length(reason) >= 20) AND (length(reason) <= 2000))),
    CONSTRAINT risk_proposal_yellow_budget_check CHECK ((yellow_budget > (0)::double precision))
);

ALTER TABLE ONLY public.risk_proposal FORCE ROW LEVEL SECURITY;

ALTER TABLE public.risk_proposal OWNER TO vigie_owner;

-- Name: risk_score; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.risk_score (
    establishment_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    report_id uuid NOT NULL,
    scored_at timestamp with time zone NOT NULL,
    mode text NOT NULL,
    card_sha256 text NOT NULL,
    synthetic boolean NOT NULL,
    total integer,
    total_late integer,
    p7 double precision,
    p14 double precision,
    contributions jsonb,
    abstained text,
    abstained_on text NOT NULL,
    low_support boolean NOT NULL,
    missing text[] NOT NULL,
    rules_level text NOT NULL,
    model_level text NOT NULL,
    raised boolean NOT NULL,
    yellow_from double precision,
    orange_from double precision,
    CONSTRAINT risk_score_check CHECK (((total IS NULL) = (abstained IS NOT NULL))),
    CONSTRAINT risk_score_check1 CHECK ((((total IS NULL) = (total_late IS NULL)) AND ((total IS NULL) = (p7 IS NULL)) AND ((total IS NULL) = (p14 IS NULL)))),
    CONSTRAINT risk_score_check2 CHECK (((NOT raised) OR (mode = 'live'::text))),
    CONSTRAINT risk_score_mode_check CHECK ((mode = ANY (ARRAY['shadow'::text, 'live'::text, 'frozen'::text]))),
    CONSTRAINT risk_score_model_level_check CHECK ((model_level = ANY (ARRAY['green'::text, 'yellow'::text, 'orange'::text]))),
    CONSTRAINT risk_score_rules_level_check CHECK ((rules_level = ANY (ARRAY['green'::text, 'yellow'::text, 'orange'::text, 'red'::text])))
);

ALTER TABLE ONLY public.risk_score FORCE ROW LEVEL SECURITY;

ALTER TABLE public.risk_score OWNER TO vigie_owner;

-- Name: rulebook_edition; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.rulebook_edition (
    version text NOT NULL,
    in_force_from date NOT NULL,
    first_used_at timestamp with time zone NOT NULL,
    document jsonb NOT NULL
);

ALTER TABLE public.rulebook_edition OWNER TO vigie_owner;

-- Name: rulebook_replay; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.rulebook_replay (
    id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    since date NOT NULL,
    version text NOT NULL,
    reports integer NOT NULL,
    patient_weeks double precision NOT NULL,
    summary jsonb NOT NULL
);

ALTER TABLE public.rulebook_replay OWNER TO vigie_owner;

-- Name: schema_migration; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.schema_migration (
    version text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

ALTER TABLE public.schema_migration OWNER TO vigie_owner;

-- Name: session; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.session (
    token_hash bytea NOT NULL,
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    purpose text NOT NULL,
    device text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT session_device_check CHECK ((length(device) <= 200)),
    CONSTRAINT session_purpose_check CHECK ((purpose = ANY (ARRAY['full'::text, 'device'::text])))
);

ALTER TABLE public.session OWNER TO vigie_owner;

-- Name: staff; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.staff (
    establishment_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    coordination_level smallint,
    locale text DEFAULT 'fr'::text NOT NULL,
    disabled_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    home_establishment_id uuid,
    CONSTRAINT staff_check CHECK (((role = 'coordinator'::text) = (coordination_level IS NOT NULL))),
    CONSTRAINT staff_coordination_level_check CHECK ((coordination_level = ANY (ARRAY[1, 2]))),
    CONSTRAINT staff_locale_check CHECK ((locale = ANY (ARRAY['fr'::text, 'en'::text]))),
    CONSTRAINT staff_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT staff_role_check CHECK ((role = ANY (ARRAY['coordinator'::text, 'oncologist'::text, 'city_professional'::text, 'manager'::text, 'administrator'::text, 'auditor'::text])))
);

ALTER TABLE ONLY public.staff FORCE ROW LEVEL SECURITY;

ALTER TABLE public.staff OWNER TO vigie_owner;

-- Name: staff_contact; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.staff_contact (
    establishment_id uuid NOT NULL,
    id uuid NOT NULL,
    staff_id uuid NOT NULL,
    channel text NOT NULL,
    address text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    code text,
    code_expires_at timestamp with time zone,
    code_tries smallint DEFAULT 0 NOT NULL,
    verified_at timestamp with time zone,
    removed_at timestamp with time zone,
    CONSTRAINT staff_contact_address_check CHECK (((length(address) >= 3) AND (length(address) <= 254))),
    CONSTRAINT staff_contact_channel_check CHECK ((channel = ANY (ARRAY['email'::text, 'sms'::text, 'voice'::text])))
);

ALTER TABLE ONLY public.staff_contact FORCE ROW LEVEL SECURITY;

ALTER TABLE public.staff_contact OWNER TO vigie_owner;

-- Name: technical_alert; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.technical_alert (
    establishment_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    first_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    times integer DEFAULT 1 NOT NULL,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT technical_alert_kind_check CHECK ((kind ~ '^[a-z_]{1,40}$'::text))
);

ALTER TABLE ONLY public.technical_alert FORCE ROW LEVEL SECURITY;

ALTER TABLE public.technical_alert OWNER TO vigie_owner;

-- Name: throttle; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.throttle (
    key bytea NOT NULL,
    failures integer NOT NULL,
    until_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL
);

ALTER TABLE public.throttle OWNER TO vigie_owner;

-- Name: verdict; Type: TABLE; Schema: public; Owner: vigie_owner

CREATE TABLE public.verdict (
    establishment_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    report_id uuid NOT NULL,
    id uuid NOT NULL,
    level text NOT NULL,
    emergency boolean NOT NULL,
    recipient text NOT NULL,
    hold boolean NOT NULL,
    reasons text[] NOT NULL,
    detail jsonb NOT NULL,
    rulebook text NOT NULL,
    acknowledge_due_at timestamp with time zone,
    contact_due_at timestamp with time zone,
    judged_at timestamp with time zone NOT NULL,
    replayed boolean DEFAULT false NOT NULL,
    muted boolean DEFAULT false NOT NULL,
    CONSTRAINT verdict_check CHECK (((level = 'red'::text) OR (NOT emergency))),
    CONSTRAINT verdict_level_check CHECK ((level = ANY (ARRAY['green'::text, 'yellow'::text, 'orange'::text, 'red'::text]))),
    CONSTRAINT verdict_recipient_check CHECK ((recipient = ANY (ARRAY['none'::text, 'level1'::text, 'level2'::text, 'oncologist'::text, 'emergency'::text])))
);

ALTER TABLE ONLY public.verdict FORCE ROW LEVEL SECURITY;

ALTER TABLE public.verdict OWNER TO vigie_owner;

-- Name: access access_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.access
    ADD CONSTRAINT access_pkey PRIMARY KEY (establishment_id, id);

-- Name: account account_establishment_id_person_id_key; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_establishment_id_person_id_key UNIQUE (establishment_id, person_id);

-- Name: account account_login_key; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_login_key UNIQUE (login);

-- Name: account account_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (id);

-- Name: adherence_day adherence_day_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.adherence_day
    ADD CONSTRAINT adherence_day_pkey PRIMARY KEY (establishment_id, course_id, drug, day);

-- Name: adherence_state adherence_state_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.adherence_state
    ADD CONSTRAINT adherence_state_pkey PRIMARY KEY (establishment_id, course_id);

-- Name: agreement agreement_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.agreement
    ADD CONSTRAINT agreement_pkey PRIMARY KEY (establishment_id, id);

-- Name: alert alert_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.alert
    ADD CONSTRAINT alert_pkey PRIMARY KEY (establishment_id, id);

-- Name: alert_round alert_round_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.alert_round
    ADD CONSTRAINT alert_round_pkey PRIMARY KEY (establishment_id, alert_id, round);

-- Name: box box_establishment_id_token_hash_key; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.box
    ADD CONSTRAINT box_establishment_id_token_hash_key UNIQUE (establishment_id, token_hash);

-- Name: box_event box_event_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.box_event
    ADD CONSTRAINT box_event_pkey PRIMARY KEY (establishment_id, box_id, event_id);

-- Name: box_pause box_pause_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.box_pause
    ADD CONSTRAINT box_pause_pkey PRIMARY KEY (establishment_id, box_id, id);

-- Name: box box_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.box
    ADD CONSTRAINT box_pkey PRIMARY KEY (establishment_id, id);

-- Name: call_pace call_pace_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.call_pace
    ADD CONSTRAINT call_pace_pkey PRIMARY KEY (establishment_id, staff_id);

-- Name: caregiver caregiver_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.caregiver
    ADD CONSTRAINT caregiver_pkey PRIMARY KEY (establishment_id, id);

-- Name: channel_choice channel_choice_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.channel_choice
    ADD CONSTRAINT channel_choice_pkey PRIMARY KEY (establishment_id, staff_id);

-- Name: chart_verdict chart_verdict_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.chart_verdict
    ADD CONSTRAINT chart_verdict_pkey PRIMARY KEY (establishment_id, patient_id, id);

-- Name: clock clock_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.clock
    ADD CONSTRAINT clock_pkey PRIMARY KEY (only_row);

-- Name: course_hours course_hours_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.course_hours
    ADD CONSTRAINT course_hours_pkey PRIMARY KEY (establishment_id, course_id, drug, since);

-- Name: course_order course_order_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.course_order
    ADD CONSTRAINT course_order_pkey PRIMARY KEY (establishment_id, course_id, number);

-- Name: course course_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.course
    ADD CONSTRAINT course_pkey PRIMARY KEY (establishment_id, id);

-- Name: cover cover_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.cover
    ADD CONSTRAINT cover_pkey PRIMARY KEY (establishment_id, id);

-- Name: coverage_hole coverage_hole_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.coverage_hole
    ADD CONSTRAINT coverage_hole_pkey PRIMARY KEY (establishment_id, id);

-- Name: delivery_attempt delivery_attempt_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.delivery_attempt
    ADD CONSTRAINT delivery_attempt_pkey PRIMARY KEY (establishment_id, id);

-- Name: delivery_count delivery_count_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.delivery_count
    ADD CONSTRAINT delivery_count_pkey PRIMARY KEY (channel, outcome, because);

-- Name: dispensing dispensing_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.dispensing
    ADD CONSTRAINT dispensing_pkey PRIMARY KEY (establishment_id, patient_id, id);

-- Name: duty_change duty_change_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.duty_change
    ADD CONSTRAINT duty_change_pkey PRIMARY KEY (establishment_id, id);

-- Name: duty duty_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.duty
    ADD CONSTRAINT duty_pkey PRIMARY KEY (establishment_id, id);

-- Name: escalation escalation_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.escalation
    ADD CONSTRAINT escalation_pkey PRIMARY KEY (establishment_id, alert_id, round, step);

-- Name: establishment establishment_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.establishment
    ADD CONSTRAINT establishment_pkey PRIMARY KEY (id);

-- Name: establishment_setting establishment_setting_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.establishment_setting
    ADD CONSTRAINT establishment_setting_pkey PRIMARY KEY (establishment_id, id);

-- Name: event event_establishment_id_seq_key; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.event
    ADD CONSTRAINT event_establishment_id_seq_key UNIQUE (establishment_id, seq);

-- Name: event event_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.event
    ADD CONSTRAINT event_pkey PRIMARY KEY (establishment_id, id);

-- Name: hand_over hand_over_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.hand_over
    ADD CONSTRAINT hand_over_pkey PRIMARY KEY (establishment_id, id);

-- Name: intake_conflict intake_conflict_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.intake_conflict
    ADD CONSTRAINT intake_conflict_pkey PRIMARY KEY (establishment_id, patient_id, intake_id, content_sha256);

-- Name: intake intake_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.intake
    ADD CONSTRAINT intake_pkey PRIMARY KEY (establishment_id, patient_id, id);

-- Name: lease lease_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.lease
    ADD CONSTRAINT lease_pkey PRIMARY KEY (name);

-- Name: mute mute_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.mute
    ADD CONSTRAINT mute_pkey PRIMARY KEY (establishment_id, id);

-- Name: notice notice_establishment_id_dedupe_key_key; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.notice
    ADD CONSTRAINT notice_establishment_id_dedupe_key_key UNIQUE (establishment_id, dedupe_key);

-- Name: notice notice_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.notice
    ADD CONSTRAINT notice_pkey PRIMARY KEY (establishment_id, id);

-- Name: notification notification_establishment_id_alert_id_round_step_staff_id_key; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.notification
    ADD CONSTRAINT notification_establishment_id_alert_id_round_step_staff_id_key UNIQUE (establishment_id, alert_id, round, step, staff_id);

-- Name: notification notification_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.notification
    ADD CONSTRAINT notification_pkey PRIMARY KEY (establishment_id, id);

-- Name: one_time_code one_time_code_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.one_time_code
    ADD CONSTRAINT one_time_code_pkey PRIMARY KEY (selector);

-- Name: order_signature order_signature_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.order_signature
    ADD CONSTRAINT order_signature_pkey PRIMARY KEY (establishment_id, course_id, number);

-- Name: outcome_answer outcome_answer_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.outcome_answer
    ADD CONSTRAINT outcome_answer_pkey PRIMARY KEY (establishment_id, patient_id, id);

-- Name: outcome_timer outcome_timer_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.outcome_timer
    ADD CONSTRAINT outcome_timer_pkey PRIMARY KEY (establishment_id, patient_id);

-- Name: patient patient_establishment_id_identity_token_key; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.patient
    ADD CONSTRAINT patient_establishment_id_identity_token_key UNIQUE (establishment_id, identity_token);

-- Name: patient patient_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.patient
    ADD CONSTRAINT patient_pkey PRIMARY KEY (establishment_id, id);

-- Name: patient_stop patient_stop_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.patient_stop
    ADD CONSTRAINT patient_stop_pkey PRIMARY KEY (establishment_id, patient_id, id);

-- Name: patient_zone patient_zone_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.patient_zone
    ADD CONSTRAINT patient_zone_pkey PRIMARY KEY (establishment_id, patient_id, since);

-- Name: plan_receipt plan_receipt_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.plan_receipt
    ADD CONSTRAINT plan_receipt_pkey PRIMARY KEY (establishment_id, course_id, number);

-- Name: push_device push_device_establishment_id_person_id_endpoint_key; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.push_device
    ADD CONSTRAINT push_device_establishment_id_person_id_endpoint_key UNIQUE (establishment_id, person_id, endpoint);

-- Name: push_device push_device_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.push_device
    ADD CONSTRAINT push_device_pkey PRIMARY KEY (establishment_id, id);

-- Name: refill refill_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.refill
    ADD CONSTRAINT refill_pkey PRIMARY KEY (establishment_id, course_id, empty_on);

-- Name: reminder reminder_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.reminder
    ADD CONSTRAINT reminder_pkey PRIMARY KEY (establishment_id, course_id, slot_on, clock, turn);

-- Name: reminder_plan reminder_plan_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.reminder_plan
    ADD CONSTRAINT reminder_plan_pkey PRIMARY KEY (establishment_id, course_id);

-- Name: reminder_setting reminder_setting_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.reminder_setting
    ADD CONSTRAINT reminder_setting_pkey PRIMARY KEY (establishment_id, patient_id);

-- Name: report_conflict report_conflict_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.report_conflict
    ADD CONSTRAINT report_conflict_pkey PRIMARY KEY (establishment_id, patient_id, report_id, content_sha256);

-- Name: report report_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.report
    ADD CONSTRAINT report_pkey PRIMARY KEY (establishment_id, patient_id, id);

-- Name: risk_approval risk_approval_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.risk_approval
    ADD CONSTRAINT risk_approval_pkey PRIMARY KEY (establishment_id, proposal_id, staff_id);

-- Name: risk_card risk_card_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.risk_card
    ADD CONSTRAINT risk_card_pkey PRIMARY KEY (establishment_id, sha256);

-- Name: risk_edition risk_edition_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.risk_edition
    ADD CONSTRAINT risk_edition_pkey PRIMARY KEY (sha256);

-- Name: risk_freeze risk_freeze_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.risk_freeze
    ADD CONSTRAINT risk_freeze_pkey PRIMARY KEY (establishment_id, id);

-- Name: risk_gate risk_gate_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.risk_gate
    ADD CONSTRAINT risk_gate_pkey PRIMARY KEY (establishment_id, id);

-- Name: risk_mode risk_mode_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.risk_mode
    ADD CONSTRAINT risk_mode_pkey PRIMARY KEY (establishment_id, number);

-- Name: risk_monitor risk_monitor_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.risk_monitor
    ADD CONSTRAINT risk_monitor_pkey PRIMARY KEY (establishment_id, week_on);

-- Name: risk_proposal risk_proposal_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.risk_proposal
    ADD CONSTRAINT risk_proposal_pkey PRIMARY KEY (establishment_id, id);

-- Name: risk_score risk_score_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.risk_score
    ADD CONSTRAINT risk_score_pkey PRIMARY KEY (establishment_id, patient_id, report_id, card_sha256);

-- Name: rulebook_edition rulebook_edition_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.rulebook_edition
    ADD CONSTRAINT rulebook_edition_pkey PRIMARY KEY (version);

-- Name: rulebook_replay rulebook_replay_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.rulebook_replay
    ADD CONSTRAINT rulebook_replay_pkey PRIMARY KEY (id);

-- Name: schema_migration schema_migration_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.schema_migration
    ADD CONSTRAINT schema_migration_pkey PRIMARY KEY (version);

-- Name: session session_id_key; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_id_key UNIQUE (id);

-- Name: session session_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (token_hash);

-- Name: staff_contact staff_contact_establishment_id_staff_id_channel_address_key; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.staff_contact
    ADD CONSTRAINT staff_contact_establishment_id_staff_id_channel_address_key UNIQUE (establishment_id, staff_id, channel, address);

-- Name: staff_contact staff_contact_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.staff_contact
    ADD CONSTRAINT staff_contact_pkey PRIMARY KEY (establishment_id, id);

-- Name: staff staff_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.staff
    ADD CONSTRAINT staff_pkey PRIMARY KEY (establishment_id, id);

-- Name: technical_alert technical_alert_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.technical_alert
    ADD CONSTRAINT technical_alert_pkey PRIMARY KEY (establishment_id, id);

-- Name: throttle throttle_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.throttle
    ADD CONSTRAINT throttle_pkey PRIMARY KEY (key);

-- Name: verdict verdict_pkey; Type: CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.verdict
    ADD CONSTRAINT verdict_pkey PRIMARY KEY (establishment_id, patient_id, report_id, id);

-- Name: access_patient; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX access_patient ON public.access USING btree (establishment_id, patient_id);

-- Name: access_staff; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX access_staff ON public.access USING btree (establishment_id, staff_id);

-- Name: adherence_day_patient; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX adherence_day_patient ON public.adherence_day USING btree (establishment_id, patient_id, day);

-- Name: adherence_day_window; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX adherence_day_window ON public.adherence_day USING btree (establishment_id, day);

-- Name: adherence_state_due; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX adherence_state_due ON public.adherence_state USING btree (look_at) WHERE (look_at IS NOT NULL);

-- Name: adherence_state_patient; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX adherence_state_patient ON public.adherence_state USING btree (establishment_id, patient_id);

-- Name: agreement_ended_by; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX agreement_ended_by ON public.agreement USING btree (establishment_id, ended_by) WHERE (ended_by IS NOT NULL);

-- Name: agreement_partner; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX agreement_partner ON public.agreement USING btree (partner_id);

-- Name: agreement_signed_by; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX agreement_signed_by ON public.agreement USING btree (establishment_id, signed_by) WHERE (signed_by IS NOT NULL);

-- Name: alert_acknowledged_by; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX alert_acknowledged_by ON public.alert USING btree (establishment_id, acknowledged_by) WHERE (acknowledged_by IS NOT NULL);

-- Name: alert_closed_by; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX alert_closed_by ON public.alert USING btree (establishment_id, closed_by) WHERE (closed_by IS NOT NULL);

-- Name: alert_contact; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX alert_contact ON public.alert USING btree (contact_due_at) WHERE ((state = 'acknowledged'::text) AND (contacted_at IS NULL) AND (contact_told_at IS NULL));

-- Name: alert_last_report; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX alert_last_report ON public.alert USING btree (establishment_id, patient_id, last_report_id);

-- Name: alert_one_open; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE UNIQUE INDEX alert_one_open ON public.alert USING btree (establishment_id, patient_id) WHERE (state <> 'closed'::text);

-- Name: alert_owner; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX alert_owner ON public.alert USING btree (establishment_id, owner_id) WHERE (owner_id IS NOT NULL);

-- Name: alert_patient; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX alert_patient ON public.alert USING btree (establishment_id, patient_id, opened_at);

-- Name: alert_paused; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX alert_paused ON public.alert USING btree (paused_until) WHERE (paused_until IS NOT NULL);

-- Name: alert_realert; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX alert_realert ON public.alert USING btree (realert_at) WHERE (realert_at IS NOT NULL);

-- Name: alert_round_began; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX alert_round_began ON public.alert_round USING btree (establishment_id, began_at);

-- Name: box_course; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX box_course ON public.box USING btree (establishment_id, course_id);

-- Name: box_event_patient; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX box_event_patient ON public.box_event USING btree (establishment_id, patient_id, opened_at);

-- Name: box_issued_by; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX box_issued_by ON public.box USING btree (establishment_id, issued_by);

-- Name: box_patient; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX box_patient ON public.box USING btree (establishment_id, patient_id);

-- Name: box_revoked_by; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX box_revoked_by ON public.box USING btree (establishment_id, revoked_by) WHERE (revoked_by IS NOT NULL);

-- Name: caregiver_patient; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX caregiver_patient ON public.caregiver USING btree (establishment_id, patient_id);

-- Name: chart_verdict_judged; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX chart_verdict_judged ON public.chart_verdict USING btree (establishment_id, patient_id, judged_at DESC);

-- Name: course_hours_patient; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX course_hours_patient ON public.course_hours USING btree (establishment_id, patient_id);

-- Name: course_order_entered_by; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX course_order_entered_by ON public.course_order USING btree (establishment_id, entered_by) WHERE (entered_by IS NOT NULL);

-- Name: course_order_patient; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX course_order_patient ON public.course_order USING btree (establishment_id, patient_id);

-- Name: course_patient; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX course_patient ON public.course USING btree (establishment_id, patient_id, created_at);

-- Name: cover_agreement; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX cover_agreement ON public.cover USING btree (establishment_id, agreement_id);

-- Name: cover_alert; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX cover_alert ON public.cover USING btree (establishment_id, alert_id);

-- Name: cover_open; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX cover_open ON public.cover USING btree (until_at) WHERE (closed_at IS NULL);

-- Name: cover_other; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX cover_other ON public.cover USING btree (other_id);

-- Name: cover_staff; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX cover_staff ON public.cover USING btree (establishment_id, staff_id, until_at);

-- Name: coverage_hole_open; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE UNIQUE INDEX coverage_hole_open ON public.coverage_hole USING btree (establishment_id, recipient, from_at, to_at) WHERE (closed_at IS NULL);

-- Name: delivery_attempt_at; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX delivery_attempt_at ON public.delivery_attempt USING btree (establishment_id, at);

-- Name: delivery_attempt_message; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX delivery_attempt_message ON public.delivery_attempt USING btree (establishment_id, message_id, at);

-- Name: dispensing_course; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX dispensing_course ON public.dispensing USING btree (establishment_id, course_id, dispensed_on);

-- Name: duty_change_cancelled_by; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX duty_change_cancelled_by ON public.duty_change USING btree (establishment_id, cancelled_by) WHERE (cancelled_by IS NOT NULL);

-- Name: duty_change_made_by; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX duty_change_made_by ON public.duty_change USING btree (establishment_id, made_by);

-- Name: duty_change_staff; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX duty_change_staff ON public.duty_change USING btree (establishment_id, staff_id, to_at);

-- Name: duty_change_to; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX duty_change_to ON public.duty_change USING btree (establishment_id, to_at) WHERE (cancelled_at IS NULL);

-- Name: duty_staff; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX duty_staff ON public.duty USING btree (establishment_id, staff_id);

-- Name: escalation_done; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX escalation_done ON public.escalation USING btree (done_at) WHERE (done_at IS NOT NULL);

-- Name: escalation_due; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX escalation_due ON public.escalation USING btree (due_at) WHERE (done_at IS NULL);

-- Name: establishment_setting_from; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX establishment_setting_from ON public.establishment_setting USING btree (establishment_id, from_on DESC, made_at DESC);

-- Name: establishment_setting_made_by; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX establishment_setting_made_by ON public.establishment_setting USING btree (establishment_id, made_by);

-- Name: event_subject; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX event_subject ON public.event USING btree (establishment_id, subject_id, at);

-- Name: event_unsealed; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX event_unsealed ON public.event USING btree (establishment_id, at) WHERE (seq IS NULL);

-- Name: hand_over_alert; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX hand_over_alert ON public.hand_over USING btree (establishment_id, alert_id, asked_at);

-- Name: hand_over_due; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX hand_over_due ON public.hand_over USING btree (answer_by) WHERE (state = 'asked'::text);

-- Name: hand_over_from; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX hand_over_from ON public.hand_over USING btree (establishment_id, from_id);

-- Name: hand_over_one_asked; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE UNIQUE INDEX hand_over_one_asked ON public.hand_over USING btree (establishment_id, alert_id) WHERE (state = 'asked'::text);

-- Name: hand_over_to; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX hand_over_to ON public.hand_over USING btree (establishment_id, to_id);

-- Name: intake_course; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX intake_course ON public.intake USING btree (establishment_id, course_id);

-- Name: intake_replaces; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX intake_replaces ON public.intake USING btree (establishment_id, patient_id, replaces) WHERE (replaces IS NOT NULL);

-- Name: intake_slot; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX intake_slot ON public.intake USING btree (establishment_id, patient_id, slot_on);

-- Name: mute_alert; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX mute_alert ON public.mute USING btree (establishment_id, alert_id);

-- Name: mute_by; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX mute_by ON public.mute USING btree (establishment_id, by_id);

-- Name: mute_ended_by; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX mute_ended_by ON public.mute USING btree (establishment_id, ended_by) WHERE (ended_by IS NOT NULL);

-- Name: mute_patient; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX mute_patient ON public.mute USING btree (establishment_id, patient_id, until_at);

-- Name: notice_due; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX notice_due ON public.notice USING btree (run_after) WHERE (state = ANY (ARRAY['pending'::text, 'accepted'::text]));

-- Name: notice_old; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX notice_old ON public.notice USING btree (expires_at);

-- Name: notice_person; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX notice_person ON public.notice USING btree (establishment_id, person_id, created_at);

-- Name: notice_subject; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX notice_subject ON public.notice USING btree (establishment_id, subject_id) WHERE (subject_id IS NOT NULL);

-- Name: notice_tested; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX notice_tested ON public.notice USING btree (establishment_id, target_id, created_at) WHERE (kind = 'reachability_test'::text);

-- Name: notice_token; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX notice_token ON public.notice USING btree (token);

-- Name: notification_bundle; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX notification_bundle ON public.notification USING btree (establishment_id, bundle_id) WHERE (bundle_id IS NOT NULL);

-- Name: notification_due; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX notification_due ON public.notification USING btree (run_after) WHERE (state = ANY (ARRAY['pending'::text, 'accepted'::text]));

-- Name: notification_pending; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX notification_pending ON public.notification USING btree (establishment_id, staff_id) WHERE (state = 'pending'::text);

-- Name: notification_staff; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX notification_staff ON public.notification USING btree (establishment_id, staff_id);

-- Name: notification_token; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX notification_token ON public.notification USING btree (token);

-- Name: one_time_code_account; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX one_time_code_account ON public.one_time_code USING btree (account_id);

-- Name: order_signature_signed_by; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX order_signature_signed_by ON public.order_signature USING btree (establishment_id, signed_by);

-- Name: outcome_answer_window; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX outcome_answer_window ON public.outcome_answer USING btree (establishment_id, patient_id, first_on);

-- Name: outcome_timer_due; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX outcome_timer_due ON public.outcome_timer USING btree (look_at) WHERE (look_at IS NOT NULL);

-- Name: patient_stop_course; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX patient_stop_course ON public.patient_stop USING btree (establishment_id, course_id, at);

-- Name: plan_receipt_patient; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX plan_receipt_patient ON public.plan_receipt USING btree (establishment_id, patient_id);

-- Name: refill_one_open; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE UNIQUE INDEX refill_one_open ON public.refill USING btree (establishment_id, course_id) WHERE (settled_at IS NULL);

-- Name: refill_patient; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX refill_patient ON public.refill USING btree (establishment_id, patient_id);

-- Name: refill_settled_by; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX refill_settled_by ON public.refill USING btree (establishment_id, settled_by) WHERE (settled_by IS NOT NULL);

-- Name: reminder_due; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX reminder_due ON public.reminder USING btree (due_at) WHERE (state = 'waiting'::text);

-- Name: reminder_patient; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX reminder_patient ON public.reminder USING btree (establishment_id, patient_id);

-- Name: reminder_plan_due; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX reminder_plan_due ON public.reminder_plan USING btree (extend_at) WHERE (extend_at IS NOT NULL);

-- Name: reminder_plan_patient; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX reminder_plan_patient ON public.reminder_plan USING btree (establishment_id, patient_id);

-- Name: report_course; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX report_course ON public.report USING btree (establishment_id, course_id);

-- Name: report_replaces; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX report_replaces ON public.report USING btree (establishment_id, patient_id, replaces) WHERE (replaces IS NOT NULL);

-- Name: report_told; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX report_told ON public.report USING btree (establishment_id, patient_id, told_at DESC);

-- Name: risk_approval_staff; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX risk_approval_staff ON public.risk_approval USING btree (establishment_id, staff_id);

-- Name: risk_card_made_by; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX risk_card_made_by ON public.risk_card USING btree (establishment_id, made_by);

-- Name: risk_freeze_ended_by; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX risk_freeze_ended_by ON public.risk_freeze USING btree (establishment_id, ended_by) WHERE (ended_by IS NOT NULL);

-- Name: risk_freeze_open; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE UNIQUE INDEX risk_freeze_open ON public.risk_freeze USING btree (establishment_id) WHERE (ended_at IS NULL);

-- Name: risk_gate_card; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX risk_gate_card ON public.risk_gate USING btree (establishment_id, card_sha256, judged_at);

-- Name: risk_gate_judged_by; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX risk_gate_judged_by ON public.risk_gate USING btree (establishment_id, judged_by);

-- Name: risk_mode_proposal; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX risk_mode_proposal ON public.risk_mode USING btree (establishment_id, proposal_id) WHERE (proposal_id IS NOT NULL);

-- Name: risk_mode_set_by; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX risk_mode_set_by ON public.risk_mode USING btree (establishment_id, set_by);

-- Name: risk_proposal_by; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX risk_proposal_by ON public.risk_proposal USING btree (establishment_id, proposed_by) WHERE (proposed_by IS NOT NULL);

-- Name: risk_score_at; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX risk_score_at ON public.risk_score USING btree (establishment_id, scored_at DESC);

-- Name: rulebook_replay_at; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX rulebook_replay_at ON public.rulebook_replay USING btree (at DESC);

-- Name: session_account; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX session_account ON public.session USING btree (account_id);

-- Name: staff_home; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX staff_home ON public.staff USING btree (home_establishment_id) WHERE (home_establishment_id IS NOT NULL);

-- Name: technical_alert_first; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE INDEX technical_alert_first ON public.technical_alert USING btree (establishment_id, first_at);

-- Name: technical_alert_one_open; Type: INDEX; Schema: public; Owner: vigie_owner

CREATE UNIQUE INDEX technical_alert_one_open ON public.technical_alert USING btree (establishment_id, kind) WHERE (ended_at IS NULL);

-- Name: access access_establishment_id_patient_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.access
    ADD CONSTRAINT access_establishment_id_patient_id_fkey FOREIGN KEY (establishment_id, patient_id) REFERENCES public.patient(establishment_id, id);

-- Name: access access_establishment_id_staff_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.access
    ADD CONSTRAINT access_establishment_id_staff_id_fkey FOREIGN KEY (establishment_id, staff_id) REFERENCES public.staff(establishment_id, id);

-- Name: account account_establishment_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_establishment_id_fkey FOREIGN KEY (establishment_id) REFERENCES public.establishment(id);

-- Name: adherence_day adherence_day_establishment_id_course_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.adherence_day
    ADD CONSTRAINT adherence_day_establishment_id_course_id_fkey FOREIGN KEY (establishment_id, course_id) REFERENCES public.course(establishment_id, id);

-- Name: adherence_day adherence_day_establishment_id_patient_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.adherence_day
    ADD CONSTRAINT adherence_day_establishment_id_patient_id_fkey FOREIGN KEY (establishment_id, patient_id) REFERENCES public.patient(establishment_id, id);

-- Name: adherence_state adherence_state_establishment_id_course_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.adherence_state
    ADD CONSTRAINT adherence_state_establishment_id_course_id_fkey FOREIGN KEY (establishment_id, course_id) REFERENCES public.course(establishment_id, id);

-- Name: adherence_state adherence_state_establishment_id_patient_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.adherence_state
    ADD CONSTRAINT adherence_state_establishment_id_patient_id_fkey FOREIGN KEY (establishment_id, patient_id) REFERENCES public.patient(establishment_id, id);

-- Name: agreement agreement_establishment_id_ended_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.agreement
    ADD CONSTRAINT agreement_establishment_id_ended_by_fkey FOREIGN KEY (establishment_id, ended_by) REFERENCES public.staff(establishment_id, id);

-- Name: agreement agreement_establishment_id_signed_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.agreement
    ADD CONSTRAINT agreement_establishment_id_signed_by_fkey FOREIGN KEY (establishment_id, signed_by) REFERENCES public.staff(establishment_id, id);

-- Name: alert alert_establishment_id_acknowledged_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.alert
    ADD CONSTRAINT alert_establishment_id_acknowledged_by_fkey FOREIGN KEY (establishment_id, acknowledged_by) REFERENCES public.staff(establishment_id, id);

-- Name: alert alert_establishment_id_closed_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.alert
    ADD CONSTRAINT alert_establishment_id_closed_by_fkey FOREIGN KEY (establishment_id, closed_by) REFERENCES public.staff(establishment_id, id);

-- Name: alert alert_establishment_id_owner_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.alert
    ADD CONSTRAINT alert_establishment_id_owner_id_fkey FOREIGN KEY (establishment_id, owner_id) REFERENCES public.staff(establishment_id, id);

-- Name: alert alert_establishment_id_patient_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.alert
    ADD CONSTRAINT alert_establishment_id_patient_id_fkey FOREIGN KEY (establishment_id, patient_id) REFERENCES public.patient(establishment_id, id);

-- Name: alert alert_establishment_id_patient_id_last_report_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.alert
    ADD CONSTRAINT alert_establishment_id_patient_id_last_report_id_fkey FOREIGN KEY (establishment_id, patient_id, last_report_id) REFERENCES public.report(establishment_id, patient_id, id);

-- Name: alert_round alert_round_establishment_id_alert_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.alert_round
    ADD CONSTRAINT alert_round_establishment_id_alert_id_fkey FOREIGN KEY (establishment_id, alert_id) REFERENCES public.alert(establishment_id, id);

-- Name: box box_establishment_id_course_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.box
    ADD CONSTRAINT box_establishment_id_course_id_fkey FOREIGN KEY (establishment_id, course_id) REFERENCES public.course(establishment_id, id);

-- Name: box box_establishment_id_issued_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.box
    ADD CONSTRAINT box_establishment_id_issued_by_fkey FOREIGN KEY (establishment_id, issued_by) REFERENCES public.staff(establishment_id, id);

-- Name: box box_establishment_id_patient_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.box
    ADD CONSTRAINT box_establishment_id_patient_id_fkey FOREIGN KEY (establishment_id, patient_id) REFERENCES public.patient(establishment_id, id);

-- Name: box box_establishment_id_revoked_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.box
    ADD CONSTRAINT box_establishment_id_revoked_by_fkey FOREIGN KEY (establishment_id, revoked_by) REFERENCES public.staff(establishment_id, id);

-- Name: box_event box_event_establishment_id_box_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.box_event
    ADD CONSTRAINT box_event_establishment_id_box_id_fkey FOREIGN KEY (establishment_id, box_id) REFERENCES public.box(establishment_id, id);

-- Name: box_event box_event_establishment_id_patient_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.box_event
    ADD CONSTRAINT box_event_establishment_id_patient_id_fkey FOREIGN KEY (establishment_id, patient_id) REFERENCES public.patient(establishment_id, id);

-- Name: box_pause box_pause_establishment_id_box_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.box_pause
    ADD CONSTRAINT box_pause_establishment_id_box_id_fkey FOREIGN KEY (establishment_id, box_id) REFERENCES public.box(establishment_id, id);

-- Name: call_pace call_pace_establishment_id_staff_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.call_pace
    ADD CONSTRAINT call_pace_establishment_id_staff_id_fkey FOREIGN KEY (establishment_id, staff_id) REFERENCES public.staff(establishment_id, id);

-- Name: caregiver caregiver_establishment_id_patient_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.caregiver
    ADD CONSTRAINT caregiver_establishment_id_patient_id_fkey FOREIGN KEY (establishment_id, patient_id) REFERENCES public.patient(establishment_id, id);

-- Name: channel_choice channel_choice_establishment_id_staff_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.channel_choice
    ADD CONSTRAINT channel_choice_establishment_id_staff_id_fkey FOREIGN KEY (establishment_id, staff_id) REFERENCES public.staff(establishment_id, id);

-- Name: chart_verdict chart_verdict_establishment_id_patient_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.chart_verdict
    ADD CONSTRAINT chart_verdict_establishment_id_patient_id_fkey FOREIGN KEY (establishment_id, patient_id) REFERENCES public.patient(establishment_id, id);

-- Name: course course_establishment_id_patient_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.course
    ADD CONSTRAINT course_establishment_id_patient_id_fkey FOREIGN KEY (establishment_id, patient_id) REFERENCES public.patient(establishment_id, id);

-- Name: course_hours course_hours_establishment_id_course_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.course_hours
    ADD CONSTRAINT course_hours_establishment_id_course_id_fkey FOREIGN KEY (establishment_id, course_id) REFERENCES public.course(establishment_id, id);

-- Name: course_hours course_hours_establishment_id_patient_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.course_hours
    ADD CONSTRAINT course_hours_establishment_id_patient_id_fkey FOREIGN KEY (establishment_id, patient_id) REFERENCES public.patient(establishment_id, id);

-- Name: course_order course_order_establishment_id_course_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.course_order
    ADD CONSTRAINT course_order_establishment_id_course_id_fkey FOREIGN KEY (establishment_id, course_id) REFERENCES public.course(establishment_id, id);

-- Name: course_order course_order_establishment_id_entered_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.course_order
    ADD CONSTRAINT course_order_establishment_id_entered_by_fkey FOREIGN KEY (establishment_id, entered_by) REFERENCES public.staff(establishment_id, id);

-- Name: course_order course_order_establishment_id_patient_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.course_order
    ADD CONSTRAINT course_order_establishment_id_patient_id_fkey FOREIGN KEY (establishment_id, patient_id) REFERENCES public.patient(establishment_id, id);

-- Name: cover cover_establishment_id_agreement_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.cover
    ADD CONSTRAINT cover_establishment_id_agreement_id_fkey FOREIGN KEY (establishment_id, agreement_id) REFERENCES public.agreement(establishment_id, id);

-- Name: cover cover_establishment_id_staff_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.cover
    ADD CONSTRAINT cover_establishment_id_staff_id_fkey FOREIGN KEY (establishment_id, staff_id) REFERENCES public.staff(establishment_id, id);

-- Name: dispensing dispensing_establishment_id_course_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.dispensing
    ADD CONSTRAINT dispensing_establishment_id_course_id_fkey FOREIGN KEY (establishment_id, course_id) REFERENCES public.course(establishment_id, id);

-- Name: dispensing dispensing_establishment_id_patient_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.dispensing
    ADD CONSTRAINT dispensing_establishment_id_patient_id_fkey FOREIGN KEY (establishment_id, patient_id) REFERENCES public.patient(establishment_id, id);

-- Name: duty_change duty_change_establishment_id_cancelled_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.duty_change
    ADD CONSTRAINT duty_change_establishment_id_cancelled_by_fkey FOREIGN KEY (establishment_id, cancelled_by) REFERENCES public.staff(establishment_id, id);

-- Name: duty_change duty_change_establishment_id_made_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.duty_change
    ADD CONSTRAINT duty_change_establishment_id_made_by_fkey FOREIGN KEY (establishment_id, made_by) REFERENCES public.staff(establishment_id, id);

-- Name: duty_change duty_change_establishment_id_staff_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.duty_change
    ADD CONSTRAINT duty_change_establishment_id_staff_id_fkey FOREIGN KEY (establishment_id, staff_id) REFERENCES public.staff(establishment_id, id);

-- Name: duty duty_establishment_id_staff_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.duty
    ADD CONSTRAINT duty_establishment_id_staff_id_fkey FOREIGN KEY (establishment_id, staff_id) REFERENCES public.staff(establishment_id, id);

-- Name: escalation escalation_establishment_id_alert_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.escalation
    ADD CONSTRAINT escalation_establishment_id_alert_id_fkey FOREIGN KEY (establishment_id, alert_id) REFERENCES public.alert(establishment_id, id);

-- Name: establishment_setting establishment_setting_establishment_id_made_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.establishment_setting
    ADD CONSTRAINT establishment_setting_establishment_id_made_by_fkey FOREIGN KEY (establishment_id, made_by) REFERENCES public.staff(establishment_id, id);

-- Name: hand_over hand_over_establishment_id_alert_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.hand_over
    ADD CONSTRAINT hand_over_establishment_id_alert_id_fkey FOREIGN KEY (establishment_id, alert_id) REFERENCES public.alert(establishment_id, id);

-- Name: hand_over hand_over_establishment_id_from_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.hand_over
    ADD CONSTRAINT hand_over_establishment_id_from_id_fkey FOREIGN KEY (establishment_id, from_id) REFERENCES public.staff(establishment_id, id);

-- Name: hand_over hand_over_establishment_id_to_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.hand_over
    ADD CONSTRAINT hand_over_establishment_id_to_id_fkey FOREIGN KEY (establishment_id, to_id) REFERENCES public.staff(establishment_id, id);

-- Name: intake_conflict intake_conflict_establishment_id_patient_id_intake_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.intake_conflict
    ADD CONSTRAINT intake_conflict_establishment_id_patient_id_intake_id_fkey FOREIGN KEY (establishment_id, patient_id, intake_id) REFERENCES public.intake(establishment_id, patient_id, id);

-- Name: intake intake_establishment_id_course_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.intake
    ADD CONSTRAINT intake_establishment_id_course_id_fkey FOREIGN KEY (establishment_id, course_id) REFERENCES public.course(establishment_id, id);

-- Name: intake intake_establishment_id_patient_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.intake
    ADD CONSTRAINT intake_establishment_id_patient_id_fkey FOREIGN KEY (establishment_id, patient_id) REFERENCES public.patient(establishment_id, id);

-- Name: mute mute_establishment_id_alert_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.mute
    ADD CONSTRAINT mute_establishment_id_alert_id_fkey FOREIGN KEY (establishment_id, alert_id) REFERENCES public.alert(establishment_id, id);

-- Name: mute mute_establishment_id_by_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.mute
    ADD CONSTRAINT mute_establishment_id_by_id_fkey FOREIGN KEY (establishment_id, by_id) REFERENCES public.staff(establishment_id, id);

-- Name: mute mute_establishment_id_ended_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.mute
    ADD CONSTRAINT mute_establishment_id_ended_by_fkey FOREIGN KEY (establishment_id, ended_by) REFERENCES public.staff(establishment_id, id);

-- Name: mute mute_establishment_id_patient_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.mute
    ADD CONSTRAINT mute_establishment_id_patient_id_fkey FOREIGN KEY (establishment_id, patient_id) REFERENCES public.patient(establishment_id, id);

-- Name: notice notice_establishment_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.notice
    ADD CONSTRAINT notice_establishment_id_fkey FOREIGN KEY (establishment_id) REFERENCES public.establishment(id);

-- Name: notification notification_establishment_id_alert_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.notification
    ADD CONSTRAINT notification_establishment_id_alert_id_fkey FOREIGN KEY (establishment_id, alert_id) REFERENCES public.alert(establishment_id, id);

-- Name: notification notification_establishment_id_staff_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.notification
    ADD CONSTRAINT notification_establishment_id_staff_id_fkey FOREIGN KEY (establishment_id, staff_id) REFERENCES public.staff(establishment_id, id);

-- Name: one_time_code one_time_code_account_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.one_time_code
    ADD CONSTRAINT one_time_code_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);

-- Name: order_signature order_signature_establishment_id_course_id_number_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.order_signature
    ADD CONSTRAINT order_signature_establishment_id_course_id_number_fkey FOREIGN KEY (establishment_id, course_id, number) REFERENCES public.course_order(establishment_id, course_id, number);

-- Name: order_signature order_signature_establishment_id_signed_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.order_signature
    ADD CONSTRAINT order_signature_establishment_id_signed_by_fkey FOREIGN KEY (establishment_id, signed_by) REFERENCES public.staff(establishment_id, id);

-- Name: outcome_answer outcome_answer_establishment_id_patient_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.outcome_answer
    ADD CONSTRAINT outcome_answer_establishment_id_patient_id_fkey FOREIGN KEY (establishment_id, patient_id) REFERENCES public.patient(establishment_id, id);

-- Name: outcome_timer outcome_timer_establishment_id_patient_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.outcome_timer
    ADD CONSTRAINT outcome_timer_establishment_id_patient_id_fkey FOREIGN KEY (establishment_id, patient_id) REFERENCES public.patient(establishment_id, id);

-- Name: patient patient_establishment_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.patient
    ADD CONSTRAINT patient_establishment_id_fkey FOREIGN KEY (establishment_id) REFERENCES public.establishment(id);

-- Name: patient_stop patient_stop_establishment_id_course_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.patient_stop
    ADD CONSTRAINT patient_stop_establishment_id_course_id_fkey FOREIGN KEY (establishment_id, course_id) REFERENCES public.course(establishment_id, id);

-- Name: patient_stop patient_stop_establishment_id_patient_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.patient_stop
    ADD CONSTRAINT patient_stop_establishment_id_patient_id_fkey FOREIGN KEY (establishment_id, patient_id) REFERENCES public.patient(establishment_id, id);

-- Name: patient_zone patient_zone_establishment_id_patient_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.patient_zone
    ADD CONSTRAINT patient_zone_establishment_id_patient_id_fkey FOREIGN KEY (establishment_id, patient_id) REFERENCES public.patient(establishment_id, id);

-- Name: plan_receipt plan_receipt_establishment_id_course_id_number_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.plan_receipt
    ADD CONSTRAINT plan_receipt_establishment_id_course_id_number_fkey FOREIGN KEY (establishment_id, course_id, number) REFERENCES public.course_order(establishment_id, course_id, number);

-- Name: plan_receipt plan_receipt_establishment_id_patient_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.plan_receipt
    ADD CONSTRAINT plan_receipt_establishment_id_patient_id_fkey FOREIGN KEY (establishment_id, patient_id) REFERENCES public.patient(establishment_id, id);

-- Name: push_device push_device_establishment_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.push_device
    ADD CONSTRAINT push_device_establishment_id_fkey FOREIGN KEY (establishment_id) REFERENCES public.establishment(id);

-- Name: refill refill_establishment_id_course_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.refill
    ADD CONSTRAINT refill_establishment_id_course_id_fkey FOREIGN KEY (establishment_id, course_id) REFERENCES public.course(establishment_id, id);

-- Name: refill refill_establishment_id_patient_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.refill
    ADD CONSTRAINT refill_establishment_id_patient_id_fkey FOREIGN KEY (establishment_id, patient_id) REFERENCES public.patient(establishment_id, id);

-- Name: refill refill_establishment_id_settled_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.refill
    ADD CONSTRAINT refill_establishment_id_settled_by_fkey FOREIGN KEY (establishment_id, settled_by) REFERENCES public.staff(establishment_id, id);

-- Name: reminder reminder_establishment_id_course_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.reminder
    ADD CONSTRAINT reminder_establishment_id_course_id_fkey FOREIGN KEY (establishment_id, course_id) REFERENCES public.course(establishment_id, id);

-- Name: reminder reminder_establishment_id_patient_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.reminder
    ADD CONSTRAINT reminder_establishment_id_patient_id_fkey FOREIGN KEY (establishment_id, patient_id) REFERENCES public.patient(establishment_id, id);

-- Name: reminder_plan reminder_plan_establishment_id_course_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.reminder_plan
    ADD CONSTRAINT reminder_plan_establishment_id_course_id_fkey FOREIGN KEY (establishment_id, course_id) REFERENCES public.course(establishment_id, id);

-- Name: reminder_plan reminder_plan_establishment_id_patient_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.reminder_plan
    ADD CONSTRAINT reminder_plan_establishment_id_patient_id_fkey FOREIGN KEY (establishment_id, patient_id) REFERENCES public.patient(establishment_id, id);

-- Name: reminder_setting reminder_setting_establishment_id_patient_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.reminder_setting
    ADD CONSTRAINT reminder_setting_establishment_id_patient_id_fkey FOREIGN KEY (establishment_id, patient_id) REFERENCES public.patient(establishment_id, id);

-- Name: report_conflict report_conflict_establishment_id_patient_id_report_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.report_conflict
    ADD CONSTRAINT report_conflict_establishment_id_patient_id_report_id_fkey FOREIGN KEY (establishment_id, patient_id, report_id) REFERENCES public.report(establishment_id, patient_id, id);

-- Name: report report_establishment_id_course_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.report
    ADD CONSTRAINT report_establishment_id_course_id_fkey FOREIGN KEY (establishment_id, course_id) REFERENCES public.course(establishment_id, id);

-- Name: report report_establishment_id_patient_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.report
    ADD CONSTRAINT report_establishment_id_patient_id_fkey FOREIGN KEY (establishment_id, patient_id) REFERENCES public.patient(establishment_id, id);

-- Name: risk_approval risk_approval_establishment_id_proposal_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.risk_approval
    ADD CONSTRAINT risk_approval_establishment_id_proposal_id_fkey FOREIGN KEY (establishment_id, proposal_id) REFERENCES public.risk_proposal(establishment_id, id);

-- Name: risk_approval risk_approval_establishment_id_staff_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.risk_approval
    ADD CONSTRAINT risk_approval_establishment_id_staff_id_fkey FOREIGN KEY (establishment_id, staff_id) REFERENCES public.staff(establishment_id, id);

-- Name: risk_card risk_card_establishment_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.risk_card
    ADD CONSTRAINT risk_card_establishment_id_fkey FOREIGN KEY (establishment_id) REFERENCES public.establishment(id);

-- Name: risk_card risk_card_establishment_id_made_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.risk_card
    ADD CONSTRAINT risk_card_establishment_id_made_by_fkey FOREIGN KEY (establishment_id, made_by) REFERENCES public.staff(establishment_id, id);

-- Name: risk_freeze risk_freeze_establishment_id_ended_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.risk_freeze
    ADD CONSTRAINT risk_freeze_establishment_id_ended_by_fkey FOREIGN KEY (establishment_id, ended_by) REFERENCES public.staff(establishment_id, id);

-- Name: risk_freeze risk_freeze_establishment_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.risk_freeze
    ADD CONSTRAINT risk_freeze_establishment_id_fkey FOREIGN KEY (establishment_id) REFERENCES public.establishment(id);

-- Name: risk_gate risk_gate_establishment_id_card_sha256_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.risk_gate
    ADD CONSTRAINT risk_gate_establishment_id_card_sha256_fkey FOREIGN KEY (establishment_id, card_sha256) REFERENCES public.risk_card(establishment_id, sha256);

-- Name: risk_gate risk_gate_establishment_id_judged_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.risk_gate
    ADD CONSTRAINT risk_gate_establishment_id_judged_by_fkey FOREIGN KEY (establishment_id, judged_by) REFERENCES public.staff(establishment_id, id);

-- Name: risk_mode risk_mode_establishment_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.risk_mode
    ADD CONSTRAINT risk_mode_establishment_id_fkey FOREIGN KEY (establishment_id) REFERENCES public.establishment(id);

-- Name: risk_mode risk_mode_establishment_id_proposal_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.risk_mode
    ADD CONSTRAINT risk_mode_establishment_id_proposal_id_fkey FOREIGN KEY (establishment_id, proposal_id) REFERENCES public.risk_proposal(establishment_id, id);

-- Name: risk_mode risk_mode_establishment_id_set_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.risk_mode
    ADD CONSTRAINT risk_mode_establishment_id_set_by_fkey FOREIGN KEY (establishment_id, set_by) REFERENCES public.staff(establishment_id, id);

-- Name: risk_monitor risk_monitor_establishment_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.risk_monitor
    ADD CONSTRAINT risk_monitor_establishment_id_fkey FOREIGN KEY (establishment_id) REFERENCES public.establishment(id);

-- Name: risk_proposal risk_proposal_establishment_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.risk_proposal
    ADD CONSTRAINT risk_proposal_establishment_id_fkey FOREIGN KEY (establishment_id) REFERENCES public.establishment(id);

-- Name: risk_proposal risk_proposal_establishment_id_proposed_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.risk_proposal
    ADD CONSTRAINT risk_proposal_establishment_id_proposed_by_fkey FOREIGN KEY (establishment_id, proposed_by) REFERENCES public.staff(establishment_id, id);

-- Name: risk_score risk_score_establishment_id_patient_id_report_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.risk_score
    ADD CONSTRAINT risk_score_establishment_id_patient_id_report_id_fkey FOREIGN KEY (establishment_id, patient_id, report_id) REFERENCES public.report(establishment_id, patient_id, id);

-- Name: session session_account_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);

-- Name: staff_contact staff_contact_establishment_id_staff_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.staff_contact
    ADD CONSTRAINT staff_contact_establishment_id_staff_id_fkey FOREIGN KEY (establishment_id, staff_id) REFERENCES public.staff(establishment_id, id);

-- Name: staff staff_establishment_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.staff
    ADD CONSTRAINT staff_establishment_id_fkey FOREIGN KEY (establishment_id) REFERENCES public.establishment(id);

-- Name: technical_alert technical_alert_establishment_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.technical_alert
    ADD CONSTRAINT technical_alert_establishment_id_fkey FOREIGN KEY (establishment_id) REFERENCES public.establishment(id);

-- Name: verdict verdict_establishment_id_patient_id_report_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: vigie_owner

ALTER TABLE ONLY public.verdict
    ADD CONSTRAINT verdict_establishment_id_patient_id_report_id_fkey FOREIGN KEY (establishment_id, patient_id, report_id) REFERENCES public.report(establishment_id, patient_id, id);

-- Name: access; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.access ENABLE ROW LEVEL SECURITY;

-- Name: adherence_day; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.adherence_day ENABLE ROW LEVEL SECURITY;

-- Name: adherence_state; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.adherence_state ENABLE ROW LEVEL SECURITY;

-- Name: agreement; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.agreement ENABLE ROW LEVEL SECURITY;

-- Name: alert; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.alert ENABLE ROW LEVEL SECURITY;

-- Name: alert_round; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.alert_round ENABLE ROW LEVEL SECURITY;

-- Name: box; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.box ENABLE ROW LEVEL SECURITY;

-- Name: box_event; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.box_event ENABLE ROW LEVEL SECURITY;

-- Name: box_pause; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.box_pause ENABLE ROW LEVEL SECURITY;

-- Name: call_pace; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.call_pace ENABLE ROW LEVEL SECURITY;

-- Name: caregiver; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.caregiver ENABLE ROW LEVEL SECURITY;

-- Name: channel_choice; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.channel_choice ENABLE ROW LEVEL SECURITY;

-- Name: chart_verdict; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.chart_verdict ENABLE ROW LEVEL SECURITY;

-- Name: course; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.course ENABLE ROW LEVEL SECURITY;

-- Name: course_hours; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.course_hours ENABLE ROW LEVEL SECURITY;

-- Name: course_order; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.course_order ENABLE ROW LEVEL SECURITY;

-- Name: cover; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.cover ENABLE ROW LEVEL SECURITY;

-- Name: coverage_hole; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.coverage_hole ENABLE ROW LEVEL SECURITY;

-- Name: delivery_attempt; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.delivery_attempt ENABLE ROW LEVEL SECURITY;

-- Name: dispensing; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.dispensing ENABLE ROW LEVEL SECURITY;

-- Name: duty; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.duty ENABLE ROW LEVEL SECURITY;

-- Name: duty_change; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.duty_change ENABLE ROW LEVEL SECURITY;

-- Name: escalation; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.escalation ENABLE ROW LEVEL SECURITY;

-- Name: establishment_setting; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.establishment_setting ENABLE ROW LEVEL SECURITY;

-- Name: event; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.event ENABLE ROW LEVEL SECURITY;

-- Name: hand_over; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.hand_over ENABLE ROW LEVEL SECURITY;

-- Name: intake; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.intake ENABLE ROW LEVEL SECURITY;

-- Name: intake_conflict; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.intake_conflict ENABLE ROW LEVEL SECURITY;

-- Name: mute; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.mute ENABLE ROW LEVEL SECURITY;

-- Name: notice; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.notice ENABLE ROW LEVEL SECURITY;

-- Name: notification; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.notification ENABLE ROW LEVEL SECURITY;

-- Name: access one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.access TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: adherence_day one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.adherence_day TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: adherence_state one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.adherence_state TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: agreement one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.agreement TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: alert one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.alert TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: alert_round one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.alert_round TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: box one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.box TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: box_event one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.box_event TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: box_pause one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.box_pause TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: call_pace one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.call_pace TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: caregiver one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.caregiver TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: channel_choice one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.channel_choice TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: chart_verdict one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.chart_verdict TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: course one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.course TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: course_hours one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.course_hours TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: course_order one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.course_order TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: cover one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.cover TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: coverage_hole one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.coverage_hole TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: delivery_attempt one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.delivery_attempt TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: dispensing one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.dispensing TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: duty one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.duty TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: duty_change one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.duty_change TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: escalation one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.escalation TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: establishment_setting one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.establishment_setting TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: event one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.event TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: hand_over one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.hand_over TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: intake one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.intake TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: intake_conflict one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.intake_conflict TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: mute one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.mute TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: notice one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.notice TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: notification one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.notification TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: order_signature one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.order_signature TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: outcome_answer one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.outcome_answer TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: outcome_timer one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.outcome_timer TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: patient one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.patient TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: patient_stop one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.patient_stop TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: patient_zone one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.patient_zone TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: plan_receipt one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.plan_receipt TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: push_device one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.push_device TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: refill one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.refill TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: reminder one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.reminder TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: reminder_plan one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.reminder_plan TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: reminder_setting one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.reminder_setting TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: report one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.report TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: report_conflict one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.report_conflict TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: risk_approval one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.risk_approval TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: risk_card one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.risk_card TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: risk_freeze one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.risk_freeze TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: risk_gate one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.risk_gate TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: risk_mode one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.risk_mode TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: risk_monitor one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.risk_monitor TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: risk_proposal one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.risk_proposal TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: risk_score one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.risk_score TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: staff one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.staff TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: staff_contact one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.staff_contact TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: technical_alert one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.technical_alert TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: verdict one_establishment; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY one_establishment ON public.verdict TO vigie_owner, vigie_app USING ((establishment_id = public.asking_establishment())) WITH CHECK ((establishment_id = public.asking_establishment()));

-- Name: order_signature; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.order_signature ENABLE ROW LEVEL SECURITY;

-- Name: outcome_answer; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.outcome_answer ENABLE ROW LEVEL SECURITY;

-- Name: outcome_timer; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.outcome_timer ENABLE ROW LEVEL SECURITY;

-- Name: patient; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.patient ENABLE ROW LEVEL SECURITY;

-- Name: patient_stop; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.patient_stop ENABLE ROW LEVEL SECURITY;

-- Name: patient_zone; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.patient_zone ENABLE ROW LEVEL SECURITY;

-- Name: plan_receipt; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.plan_receipt ENABLE ROW LEVEL SECURITY;

-- Name: push_device; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.push_device ENABLE ROW LEVEL SECURITY;

-- Name: refill; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.refill ENABLE ROW LEVEL SECURITY;

-- Name: reminder; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.reminder ENABLE ROW LEVEL SECURITY;

-- Name: reminder_plan; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.reminder_plan ENABLE ROW LEVEL SECURITY;

-- Name: reminder_setting; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.reminder_setting ENABLE ROW LEVEL SECURITY;

-- Name: report; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.report ENABLE ROW LEVEL SECURITY;

-- Name: report_conflict; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.report_conflict ENABLE ROW LEVEL SECURITY;

-- Name: risk_approval; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.risk_approval ENABLE ROW LEVEL SECURITY;

-- Name: risk_card; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.risk_card ENABLE ROW LEVEL SECURITY;

-- Name: risk_freeze; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.risk_freeze ENABLE ROW LEVEL SECURITY;

-- Name: risk_gate; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.risk_gate ENABLE ROW LEVEL SECURITY;

-- Name: risk_mode; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.risk_mode ENABLE ROW LEVEL SECURITY;

-- Name: risk_monitor; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.risk_monitor ENABLE ROW LEVEL SECURITY;

-- Name: risk_proposal; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.risk_proposal ENABLE ROW LEVEL SECURITY;

-- Name: risk_score; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.risk_score ENABLE ROW LEVEL SECURITY;

-- Name: access routing; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY routing ON public.access TO vigie_worker USING (true) WITH CHECK (true);

-- Name: adherence_state routing; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY routing ON public.adherence_state TO vigie_worker USING (true) WITH CHECK (true);

-- Name: agreement routing; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY routing ON public.agreement TO vigie_worker USING (true) WITH CHECK (true);

-- Name: alert routing; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY routing ON public.alert TO vigie_worker USING (true) WITH CHECK (true);

-- Name: alert_round routing; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY routing ON public.alert_round TO vigie_worker USING (true) WITH CHECK (true);

-- Name: call_pace routing; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY routing ON public.call_pace TO vigie_worker USING (true) WITH CHECK (true);

-- Name: channel_choice routing; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY routing ON public.channel_choice TO vigie_worker USING (true) WITH CHECK (true);

-- Name: cover routing; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY routing ON public.cover TO vigie_worker USING (true) WITH CHECK (true);

-- Name: coverage_hole routing; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY routing ON public.coverage_hole TO vigie_worker USING (true) WITH CHECK (true);

-- Name: delivery_attempt routing; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY routing ON public.delivery_attempt TO vigie_worker USING (true) WITH CHECK (true);

-- Name: duty routing; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY routing ON public.duty TO vigie_worker USING (true) WITH CHECK (true);

-- Name: duty_change routing; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY routing ON public.duty_change TO vigie_worker USING (true) WITH CHECK (true);

-- Name: escalation routing; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY routing ON public.escalation TO vigie_worker USING (true) WITH CHECK (true);

-- Name: establishment_setting routing; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY routing ON public.establishment_setting TO vigie_worker USING (true) WITH CHECK (true);

-- Name: event routing; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY routing ON public.event TO vigie_worker USING (true) WITH CHECK (true);

-- Name: hand_over routing; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY routing ON public.hand_over TO vigie_worker USING (true) WITH CHECK (true);

-- Name: notice routing; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY routing ON public.notice TO vigie_worker USING (true) WITH CHECK (true);

-- Name: notification routing; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY routing ON public.notification TO vigie_worker USING (true) WITH CHECK (true);

-- Name: outcome_timer routing; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY routing ON public.outcome_timer FOR SELECT TO vigie_worker USING (true);

-- Name: patient routing; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY routing ON public.patient FOR SELECT TO vigie_worker USING (true);

-- Name: push_device routing; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY routing ON public.push_device TO vigie_worker USING (true) WITH CHECK (true);

-- Name: reminder routing; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY routing ON public.reminder TO vigie_worker USING (true) WITH CHECK (true);

-- Name: reminder_plan routing; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY routing ON public.reminder_plan TO vigie_worker USING (true) WITH CHECK (true);

-- Name: staff routing; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY routing ON public.staff TO vigie_worker USING (true) WITH CHECK (true);

-- Name: staff_contact routing; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY routing ON public.staff_contact TO vigie_worker USING (true) WITH CHECK (true);

-- Name: technical_alert routing; Type: POLICY; Schema: public; Owner: vigie_owner

CREATE POLICY routing ON public.technical_alert TO vigie_worker USING (true) WITH CHECK (true);

-- Name: staff; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.staff ENABLE ROW LEVEL SECURITY;

-- Name: staff_contact; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.staff_contact ENABLE ROW LEVEL SECURITY;

-- Name: technical_alert; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.technical_alert ENABLE ROW LEVEL SECURITY;

-- Name: verdict; Type: ROW SECURITY; Schema: public; Owner: vigie_owner

ALTER TABLE public.verdict ENABLE ROW LEVEL SECURITY;

-- Name: SCHEMA public; Type: ACL; Schema: -; Owner: pg_database_owner

GRANT ALL ON SCHEMA public TO vigie_owner;

-- Name: TABLE access; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.access TO vigie_app;
GRANT SELECT,INSERT ON TABLE public.access TO vigie_worker;

-- Name: COLUMN access.until_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(until_at) ON TABLE public.access TO vigie_app;
GRANT UPDATE(until_at) ON TABLE public.access TO vigie_worker;

-- Name: TABLE account; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT,UPDATE ON TABLE public.account TO vigie_app;

-- Name: COLUMN account.id; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(id) ON TABLE public.account TO vigie_worker;

-- Name: COLUMN account.establishment_id; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(establishment_id) ON TABLE public.account TO vigie_worker;

-- Name: COLUMN account.person_id; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(person_id) ON TABLE public.account TO vigie_worker;

-- Name: TABLE adherence_day; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.adherence_day TO vigie_app;

-- Name: TABLE adherence_state; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT,UPDATE ON TABLE public.adherence_state TO vigie_app;

-- Name: COLUMN adherence_state.establishment_id; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(establishment_id) ON TABLE public.adherence_state TO vigie_worker;

-- Name: COLUMN adherence_state.course_id; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(course_id) ON TABLE public.adherence_state TO vigie_worker;

-- Name: COLUMN adherence_state.patient_id; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(patient_id) ON TABLE public.adherence_state TO vigie_worker;

-- Name: COLUMN adherence_state.look_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(look_at) ON TABLE public.adherence_state TO vigie_worker;

-- Name: TABLE agreement; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT ON TABLE public.agreement TO vigie_app;
GRANT SELECT,INSERT ON TABLE public.agreement TO vigie_worker;

-- Name: COLUMN agreement.establishment_id; Type: ACL; Schema: public; Owner: vigie_owner

GRANT INSERT(establishment_id) ON TABLE public.agreement TO vigie_app;

-- Name: COLUMN agreement.id; Type: ACL; Schema: public; Owner: vigie_owner

GRANT INSERT(id) ON TABLE public.agreement TO vigie_app;

-- Name: COLUMN agreement.side; Type: ACL; Schema: public; Owner: vigie_owner

GRANT INSERT(side) ON TABLE public.agreement TO vigie_app;

-- Name: COLUMN agreement.partner_id; Type: ACL; Schema: public; Owner: vigie_owner

GRANT INSERT(partner_id) ON TABLE public.agreement TO vigie_app;

-- Name: COLUMN agreement.disciplines; Type: ACL; Schema: public; Owner: vigie_owner

GRANT INSERT(disciplines) ON TABLE public.agreement TO vigie_app;

-- Name: COLUMN agreement.regimen_levels; Type: ACL; Schema: public; Owner: vigie_owner

GRANT INSERT(regimen_levels) ON TABLE public.agreement TO vigie_app;

-- Name: COLUMN agreement.regimens; Type: ACL; Schema: public; Owner: vigie_owner

GRANT INSERT(regimens) ON TABLE public.agreement TO vigie_app;

-- Name: COLUMN agreement.from_minutes; Type: ACL; Schema: public; Owner: vigie_owner

GRANT INSERT(from_minutes) ON TABLE public.agreement TO vigie_app;

-- Name: COLUMN agreement.to_minutes; Type: ACL; Schema: public; Owner: vigie_owner

GRANT INSERT(to_minutes) ON TABLE public.agreement TO vigie_app;

-- Name: COLUMN agreement.holidays; Type: ACL; Schema: public; Owner: vigie_owner

GRANT INSERT(holidays) ON TABLE public.agreement TO vigie_app;

-- Name: COLUMN agreement.from_on; Type: ACL; Schema: public; Owner: vigie_owner

GRANT INSERT(from_on) ON TABLE public.agreement TO vigie_app;

-- Name: COLUMN agreement.until_on; Type: ACL; Schema: public; Owner: vigie_owner

GRANT INSERT(until_on) ON TABLE public.agreement TO vigie_app;

-- Name: COLUMN agreement.shares; Type: ACL; Schema: public; Owner: vigie_owner

GRANT INSERT(shares) ON TABLE public.agreement TO vigie_app;

-- Name: COLUMN agreement.proposed_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT INSERT(proposed_at) ON TABLE public.agreement TO vigie_app;

-- Name: COLUMN agreement.signed_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT INSERT(signed_at),UPDATE(signed_at) ON TABLE public.agreement TO vigie_app;

-- Name: COLUMN agreement.signed_by; Type: ACL; Schema: public; Owner: vigie_owner

GRANT INSERT(signed_by),UPDATE(signed_by) ON TABLE public.agreement TO vigie_app;

-- Name: COLUMN agreement.partner_signed_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(partner_signed_at) ON TABLE public.agreement TO vigie_worker;

-- Name: COLUMN agreement.ended_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(ended_at) ON TABLE public.agreement TO vigie_app;
GRANT UPDATE(ended_at) ON TABLE public.agreement TO vigie_worker;

-- Name: COLUMN agreement.ended_by; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(ended_by) ON TABLE public.agreement TO vigie_app;

-- Name: TABLE alert; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT,UPDATE ON TABLE public.alert TO vigie_app;

-- Name: COLUMN alert.establishment_id; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(establishment_id) ON TABLE public.alert TO vigie_worker;

-- Name: COLUMN alert.id; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(id) ON TABLE public.alert TO vigie_worker;

-- Name: COLUMN alert.patient_id; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(patient_id) ON TABLE public.alert TO vigie_worker;

-- Name: COLUMN alert.version; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(version),UPDATE(version) ON TABLE public.alert TO vigie_worker;

-- Name: COLUMN alert.round; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(round),UPDATE(round) ON TABLE public.alert TO vigie_worker;

-- Name: COLUMN alert.state; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(state),UPDATE(state) ON TABLE public.alert TO vigie_worker;

-- Name: COLUMN alert.level; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(level) ON TABLE public.alert TO vigie_worker;

-- Name: COLUMN alert.emergency; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(emergency) ON TABLE public.alert TO vigie_worker;

-- Name: COLUMN alert.recipient; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(recipient) ON TABLE public.alert TO vigie_worker;

-- Name: COLUMN alert.opened_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(opened_at) ON TABLE public.alert TO vigie_worker;

-- Name: COLUMN alert.changed_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(changed_at),UPDATE(changed_at) ON TABLE public.alert TO vigie_worker;

-- Name: COLUMN alert.acknowledge_due_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(acknowledge_due_at),UPDATE(acknowledge_due_at) ON TABLE public.alert TO vigie_worker;

-- Name: COLUMN alert.contact_due_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(contact_due_at),UPDATE(contact_due_at) ON TABLE public.alert TO vigie_worker;

-- Name: COLUMN alert.escalated_to; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(escalated_to),UPDATE(escalated_to) ON TABLE public.alert TO vigie_worker;

-- Name: COLUMN alert.acknowledged_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(acknowledged_at),UPDATE(acknowledged_at) ON TABLE public.alert TO vigie_worker;

-- Name: COLUMN alert.acknowledged_by; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(acknowledged_by),UPDATE(acknowledged_by) ON TABLE public.alert TO vigie_worker;

-- Name: COLUMN alert.policy; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(policy) ON TABLE public.alert TO vigie_worker;

-- Name: COLUMN alert.agreements; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(agreements) ON TABLE public.alert TO vigie_worker;

-- Name: COLUMN alert.owner_id; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(owner_id) ON TABLE public.alert TO vigie_worker;

-- Name: COLUMN alert.contacted_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(contacted_at) ON TABLE public.alert TO vigie_worker;

-- Name: COLUMN alert.contact_told_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(contact_told_at),UPDATE(contact_told_at) ON TABLE public.alert TO vigie_worker;

-- Name: COLUMN alert.realert_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(realert_at),UPDATE(realert_at) ON TABLE public.alert TO vigie_worker;

-- Name: COLUMN alert.paused_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(paused_at),UPDATE(paused_at) ON TABLE public.alert TO vigie_worker;

-- Name: COLUMN alert.paused_until; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(paused_until),UPDATE(paused_until) ON TABLE public.alert TO vigie_worker;

-- Name: COLUMN alert.pause_reason; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(pause_reason) ON TABLE public.alert TO vigie_worker;

-- Name: TABLE alert_round; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.alert_round TO vigie_app;
GRANT INSERT ON TABLE public.alert_round TO vigie_worker;

-- Name: COLUMN alert_round.establishment_id; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(establishment_id) ON TABLE public.alert_round TO vigie_worker;

-- Name: COLUMN alert_round.alert_id; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(alert_id) ON TABLE public.alert_round TO vigie_worker;

-- Name: COLUMN alert_round.round; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(round) ON TABLE public.alert_round TO vigie_worker;

-- Name: COLUMN alert_round.cause; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(cause) ON TABLE public.alert_round TO vigie_worker;

-- Name: COLUMN alert_round.level; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(level) ON TABLE public.alert_round TO vigie_worker;

-- Name: COLUMN alert_round.began_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(began_at) ON TABLE public.alert_round TO vigie_worker;

-- Name: COLUMN alert_round.acknowledge_due_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(acknowledge_due_at) ON TABLE public.alert_round TO vigie_worker;

-- Name: COLUMN alert_round.contact_due_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(contact_due_at) ON TABLE public.alert_round TO vigie_worker;

-- Name: COLUMN alert_round.acknowledged_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(acknowledged_at) ON TABLE public.alert_round TO vigie_app;
GRANT SELECT(acknowledged_at) ON TABLE public.alert_round TO vigie_worker;

-- Name: COLUMN alert_round.acknowledged_by; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(acknowledged_by) ON TABLE public.alert_round TO vigie_app;
GRANT SELECT(acknowledged_by) ON TABLE public.alert_round TO vigie_worker;

-- Name: COLUMN alert_round.contacted_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(contacted_at) ON TABLE public.alert_round TO vigie_app;
GRANT SELECT(contacted_at) ON TABLE public.alert_round TO vigie_worker;

-- Name: COLUMN alert_round.undeliverable_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(undeliverable_at) ON TABLE public.alert_round TO vigie_app;
GRANT SELECT(undeliverable_at),UPDATE(undeliverable_at) ON TABLE public.alert_round TO vigie_worker;

-- Name: TABLE box; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.box TO vigie_app;

-- Name: COLUMN box.last_heard_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(last_heard_at) ON TABLE public.box TO vigie_app;

-- Name: COLUMN box.revoked_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(revoked_at) ON TABLE public.box TO vigie_app;

-- Name: COLUMN box.revoked_by; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(revoked_by) ON TABLE public.box TO vigie_app;

-- Name: TABLE box_event; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.box_event TO vigie_app;

-- Name: TABLE box_pause; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.box_pause TO vigie_app;

-- Name: COLUMN box_pause.until_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(until_at) ON TABLE public.box_pause TO vigie_app;

-- Name: COLUMN box_pause.withdrawn_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(withdrawn_at) ON TABLE public.box_pause TO vigie_app;

-- Name: COLUMN box_pause.withdrawn_by_kind; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(withdrawn_by_kind) ON TABLE public.box_pause TO vigie_app;

-- Name: COLUMN box_pause.withdrawn_by; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(withdrawn_by) ON TABLE public.box_pause TO vigie_app;

-- Name: TABLE call_pace; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT ON TABLE public.call_pace TO vigie_app;
GRANT SELECT,INSERT,UPDATE ON TABLE public.call_pace TO vigie_worker;

-- Name: TABLE caregiver; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.caregiver TO vigie_app;

-- Name: COLUMN caregiver.ended_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(ended_at) ON TABLE public.caregiver TO vigie_app;

-- Name: COLUMN caregiver.ended_by_kind; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(ended_by_kind) ON TABLE public.caregiver TO vigie_app;

-- Name: COLUMN caregiver.ended_by; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(ended_by) ON TABLE public.caregiver TO vigie_app;

-- Name: TABLE channel_choice; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT,UPDATE ON TABLE public.channel_choice TO vigie_app;
GRANT SELECT ON TABLE public.channel_choice TO vigie_worker;

-- Name: TABLE chart_verdict; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.chart_verdict TO vigie_app;

-- Name: TABLE clock; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT ON TABLE public.clock TO vigie_app;
GRANT SELECT ON TABLE public.clock TO vigie_worker;

-- Name: TABLE course; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.course TO vigie_app;

-- Name: COLUMN course.state; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(state) ON TABLE public.course TO vigie_app;

-- Name: COLUMN course.ended_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(ended_at) ON TABLE public.course TO vigie_app;

-- Name: TABLE course_hours; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT,UPDATE ON TABLE public.course_hours TO vigie_app;

-- Name: TABLE course_order; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.course_order TO vigie_app;

-- Name: TABLE cover; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT ON TABLE public.cover TO vigie_app;
GRANT SELECT,INSERT ON TABLE public.cover TO vigie_worker;

-- Name: COLUMN cover.until_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(until_at) ON TABLE public.cover TO vigie_worker;

-- Name: COLUMN cover.closed_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(closed_at) ON TABLE public.cover TO vigie_worker;

-- Name: TABLE coverage_hole; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT ON TABLE public.coverage_hole TO vigie_app;
GRANT SELECT,INSERT ON TABLE public.coverage_hole TO vigie_worker;

-- Name: COLUMN coverage_hole.told_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(told_at) ON TABLE public.coverage_hole TO vigie_worker;

-- Name: COLUMN coverage_hole.closed_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(closed_at) ON TABLE public.coverage_hole TO vigie_worker;

-- Name: TABLE delivery_attempt; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT ON TABLE public.delivery_attempt TO vigie_app;
GRANT SELECT,INSERT ON TABLE public.delivery_attempt TO vigie_worker;

-- Name: TABLE delivery_count; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT,UPDATE ON TABLE public.delivery_count TO vigie_worker;

-- Name: TABLE dispensing; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.dispensing TO vigie_app;

-- Name: TABLE duty; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT,DELETE ON TABLE public.duty TO vigie_app;
GRANT SELECT ON TABLE public.duty TO vigie_worker;

-- Name: COLUMN duty.until_on; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(until_on) ON TABLE public.duty TO vigie_app;

-- Name: TABLE duty_change; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.duty_change TO vigie_app;
GRANT SELECT ON TABLE public.duty_change TO vigie_worker;

-- Name: COLUMN duty_change.cancelled_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(cancelled_at) ON TABLE public.duty_change TO vigie_app;

-- Name: COLUMN duty_change.cancelled_by; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(cancelled_by) ON TABLE public.duty_change TO vigie_app;

-- Name: TABLE escalation; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT,UPDATE ON TABLE public.escalation TO vigie_app;
GRANT SELECT,INSERT,UPDATE ON TABLE public.escalation TO vigie_worker;

-- Name: COLUMN escalation.due_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(due_at) ON TABLE public.escalation TO vigie_worker;

-- Name: COLUMN escalation.done_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(done_at) ON TABLE public.escalation TO vigie_worker;

-- Name: TABLE establishment; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT ON TABLE public.establishment TO vigie_app;

-- Name: COLUMN establishment.id; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(id) ON TABLE public.establishment TO vigie_worker;

-- Name: COLUMN establishment.name; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(name) ON TABLE public.establishment TO vigie_worker;

-- Name: COLUMN establishment.kind; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(kind) ON TABLE public.establishment TO vigie_worker;

-- Name: COLUMN establishment.timezone; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(timezone) ON TABLE public.establishment TO vigie_worker;

-- Name: COLUMN establishment.created_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(created_at) ON TABLE public.establishment TO vigie_worker;

-- Name: TABLE establishment_setting; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.establishment_setting TO vigie_app;
GRANT SELECT ON TABLE public.establishment_setting TO vigie_worker;

-- Name: TABLE event; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.event TO vigie_app;
GRANT SELECT,INSERT ON TABLE public.event TO vigie_worker;

-- Name: COLUMN event.seq; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(seq) ON TABLE public.event TO vigie_worker;

-- Name: COLUMN event.chain; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(chain) ON TABLE public.event TO vigie_worker;

-- Name: TABLE hand_over; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.hand_over TO vigie_app;
GRANT SELECT ON TABLE public.hand_over TO vigie_worker;

-- Name: COLUMN hand_over.state; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(state) ON TABLE public.hand_over TO vigie_app;
GRANT UPDATE(state) ON TABLE public.hand_over TO vigie_worker;

-- Name: COLUMN hand_over.reason; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(reason) ON TABLE public.hand_over TO vigie_app;

-- Name: COLUMN hand_over.answer_by; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(answer_by) ON TABLE public.hand_over TO vigie_worker;

-- Name: COLUMN hand_over.answered_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(answered_at) ON TABLE public.hand_over TO vigie_app;
GRANT UPDATE(answered_at) ON TABLE public.hand_over TO vigie_worker;

-- Name: TABLE intake; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.intake TO vigie_app;

-- Name: COLUMN intake.answer; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(answer) ON TABLE public.intake TO vigie_app;

-- Name: COLUMN intake.undone_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(undone_at) ON TABLE public.intake TO vigie_app;

-- Name: COLUMN intake.undone_by; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(undone_by) ON TABLE public.intake TO vigie_app;

-- Name: TABLE intake_conflict; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.intake_conflict TO vigie_app;

-- Name: TABLE lease; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT,UPDATE ON TABLE public.lease TO vigie_worker;
GRANT SELECT ON TABLE public.lease TO vigie_app;

-- Name: TABLE mute; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.mute TO vigie_app;

-- Name: COLUMN mute.ended_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(ended_at) ON TABLE public.mute TO vigie_app;

-- Name: COLUMN mute.ended_by; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(ended_by) ON TABLE public.mute TO vigie_app;

-- Name: TABLE notice; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT,UPDATE ON TABLE public.notice TO vigie_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.notice TO vigie_worker;

-- Name: TABLE notification; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT,UPDATE ON TABLE public.notification TO vigie_app;
GRANT SELECT,INSERT,UPDATE ON TABLE public.notification TO vigie_worker;

-- Name: TABLE one_time_code; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT,UPDATE ON TABLE public.one_time_code TO vigie_app;
GRANT SELECT,DELETE ON TABLE public.one_time_code TO vigie_worker;

-- Name: TABLE order_signature; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.order_signature TO vigie_app;

-- Name: TABLE outcome_answer; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.outcome_answer TO vigie_app;

-- Name: TABLE outcome_timer; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT,UPDATE ON TABLE public.outcome_timer TO vigie_app;
GRANT SELECT ON TABLE public.outcome_timer TO vigie_worker;

-- Name: TABLE patient; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.patient TO vigie_app;

-- Name: COLUMN patient.establishment_id; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(establishment_id) ON TABLE public.patient TO vigie_worker;

-- Name: COLUMN patient.id; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(id) ON TABLE public.patient TO vigie_worker;

-- Name: COLUMN patient.identity; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(identity) ON TABLE public.patient TO vigie_app;

-- Name: COLUMN patient.locale; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(locale) ON TABLE public.patient TO vigie_app;
GRANT SELECT(locale) ON TABLE public.patient TO vigie_worker;

-- Name: COLUMN patient.timezone; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(timezone) ON TABLE public.patient TO vigie_app;
GRANT SELECT(timezone) ON TABLE public.patient TO vigie_worker;

-- Name: COLUMN patient.left_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(left_at) ON TABLE public.patient TO vigie_app;
GRANT SELECT(left_at) ON TABLE public.patient TO vigie_worker;

-- Name: TABLE patient_stop; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.patient_stop TO vigie_app;

-- Name: COLUMN patient_stop.resumed_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(resumed_at) ON TABLE public.patient_stop TO vigie_app;

-- Name: TABLE patient_zone; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.patient_zone TO vigie_app;

-- Name: TABLE plan_receipt; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.plan_receipt TO vigie_app;

-- Name: TABLE push_device; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT,UPDATE ON TABLE public.push_device TO vigie_app;
GRANT SELECT ON TABLE public.push_device TO vigie_worker;

-- Name: COLUMN push_device.last_receipt_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(last_receipt_at) ON TABLE public.push_device TO vigie_worker;

-- Name: COLUMN push_device.dropped_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(dropped_at) ON TABLE public.push_device TO vigie_worker;

-- Name: TABLE refill; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT,UPDATE ON TABLE public.refill TO vigie_app;

-- Name: TABLE reminder; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.reminder TO vigie_app;
GRANT SELECT,DELETE ON TABLE public.reminder TO vigie_worker;

-- Name: COLUMN reminder.state; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(state) ON TABLE public.reminder TO vigie_worker;

-- Name: COLUMN reminder.settled_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(settled_at) ON TABLE public.reminder TO vigie_worker;

-- Name: TABLE reminder_plan; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT,UPDATE ON TABLE public.reminder_plan TO vigie_app;

-- Name: COLUMN reminder_plan.establishment_id; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(establishment_id) ON TABLE public.reminder_plan TO vigie_worker;

-- Name: COLUMN reminder_plan.course_id; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(course_id) ON TABLE public.reminder_plan TO vigie_worker;

-- Name: COLUMN reminder_plan.patient_id; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(patient_id) ON TABLE public.reminder_plan TO vigie_worker;

-- Name: COLUMN reminder_plan.extend_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(extend_at) ON TABLE public.reminder_plan TO vigie_worker;

-- Name: TABLE reminder_setting; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT,UPDATE ON TABLE public.reminder_setting TO vigie_app;

-- Name: TABLE report; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.report TO vigie_app;

-- Name: TABLE report_conflict; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.report_conflict TO vigie_app;

-- Name: TABLE risk_approval; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.risk_approval TO vigie_app;

-- Name: TABLE risk_card; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.risk_card TO vigie_app;

-- Name: TABLE risk_edition; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.risk_edition TO vigie_app;

-- Name: TABLE risk_freeze; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.risk_freeze TO vigie_app;

-- Name: COLUMN risk_freeze.ended_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(ended_at) ON TABLE public.risk_freeze TO vigie_app;

-- Name: COLUMN risk_freeze.ended_by; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(ended_by) ON TABLE public.risk_freeze TO vigie_app;

-- Name: COLUMN risk_freeze.end_reason; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(end_reason) ON TABLE public.risk_freeze TO vigie_app;

-- Name: TABLE risk_gate; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.risk_gate TO vigie_app;

-- Name: TABLE risk_mode; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.risk_mode TO vigie_app;

-- Name: TABLE risk_monitor; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.risk_monitor TO vigie_app;

-- Name: TABLE risk_proposal; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.risk_proposal TO vigie_app;

-- Name: TABLE risk_score; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.risk_score TO vigie_app;

-- Name: TABLE rulebook_edition; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.rulebook_edition TO vigie_app;

-- Name: TABLE rulebook_replay; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT ON TABLE public.rulebook_replay TO vigie_app;

-- Name: TABLE session; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT,UPDATE ON TABLE public.session TO vigie_app;
GRANT DELETE ON TABLE public.session TO vigie_worker;

-- Name: COLUMN session.account_id; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(account_id) ON TABLE public.session TO vigie_worker;

-- Name: COLUMN session.purpose; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(purpose) ON TABLE public.session TO vigie_worker;

-- Name: COLUMN session.last_seen_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(last_seen_at) ON TABLE public.session TO vigie_worker;

-- Name: COLUMN session.expires_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(expires_at) ON TABLE public.session TO vigie_worker;

-- Name: COLUMN session.ended_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT(ended_at) ON TABLE public.session TO vigie_worker;

-- Name: TABLE staff; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.staff TO vigie_app;
GRANT SELECT ON TABLE public.staff TO vigie_worker;

-- Name: COLUMN staff.establishment_id; Type: ACL; Schema: public; Owner: vigie_owner

GRANT INSERT(establishment_id) ON TABLE public.staff TO vigie_worker;

-- Name: COLUMN staff.id; Type: ACL; Schema: public; Owner: vigie_owner

GRANT INSERT(id) ON TABLE public.staff TO vigie_worker;

-- Name: COLUMN staff.name; Type: ACL; Schema: public; Owner: vigie_owner

GRANT INSERT(name) ON TABLE public.staff TO vigie_worker;

-- Name: COLUMN staff.role; Type: ACL; Schema: public; Owner: vigie_owner

GRANT INSERT(role) ON TABLE public.staff TO vigie_worker;

-- Name: COLUMN staff.coordination_level; Type: ACL; Schema: public; Owner: vigie_owner

GRANT INSERT(coordination_level) ON TABLE public.staff TO vigie_worker;

-- Name: COLUMN staff.locale; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(locale) ON TABLE public.staff TO vigie_app;
GRANT INSERT(locale) ON TABLE public.staff TO vigie_worker;

-- Name: COLUMN staff.disabled_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT UPDATE(disabled_at) ON TABLE public.staff TO vigie_app;

-- Name: COLUMN staff.created_at; Type: ACL; Schema: public; Owner: vigie_owner

GRANT INSERT(created_at) ON TABLE public.staff TO vigie_worker;

-- Name: COLUMN staff.home_establishment_id; Type: ACL; Schema: public; Owner: vigie_owner

GRANT INSERT(home_establishment_id) ON TABLE public.staff TO vigie_worker;

-- Name: TABLE staff_contact; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT,UPDATE ON TABLE public.staff_contact TO vigie_app;
GRANT SELECT ON TABLE public.staff_contact TO vigie_worker;

-- Name: TABLE technical_alert; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT,UPDATE ON TABLE public.technical_alert TO vigie_app;
GRANT SELECT,INSERT,UPDATE ON TABLE public.technical_alert TO vigie_worker;

-- Name: TABLE throttle; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.throttle TO vigie_app;
GRANT SELECT,DELETE ON TABLE public.throttle TO vigie_worker;

-- Name: TABLE verdict; Type: ACL; Schema: public; Owner: vigie_owner

GRANT SELECT,INSERT ON TABLE public.verdict TO vigie_app;
