"""Ways in and out: codes, passwords with six digits, guesses, sessions and what is left after them."""

from __future__ import annotations

import asyncio
import statistics
from typing import Any
from uuid import UUID, uuid4

import pyotp
import pytest

from tests.http.bodies import problem, send
from tests.world import Answer, Person, World

SESSION, DEVICE = "__Host-vigie", "__Host-vigie-device"
PATIENT_SESSION, PATIENT_DEVICE = "__Host-vigie-patient", "__Host-vigie-patient-device"
WRONG = "not the password"
ACTIVATION, PASSWORD = "/api/sign-in/activation", "/api/sign-in/password"


async def enrolled(world: World, nurse: Person) -> tuple[str, str]:
    """A patient whom nobody knows yet, and their first code."""
    body = {
        "first_name": f"Prénom{uuid4().hex[:8]}",
        "last_name": "Essai",
        "born_on": "1960-01-01",
        "phone": "01 99 00 30 00",
        "locale": "fr",
        "regimen": "letrozole",
        "started_on": "2026-10-01",
        "weight_kg": None,
    }
    made = (await nurse.post("/api/patients", body)).ok(201)
    return made["id"], made["activation"]["code"]


_nurses: dict[int, Person] = {}  # of each world, one that is signed in


async def a_nurse(world: World) -> Person:
    """A nurse who is signed in; the same one as long as her session lasts."""
    nurse = _nurses.get(id(world))
    if nurse is None or (await nurse.get("/api/sessions")).status != 200:
        nurse = _nurses[id(world)] = await world.sign_in("level2.second")
    return nurse


async def a_code(world: World) -> str:
    """A fresh activation code."""
    return (await enrolled(world, await a_nurse(world)))[1]


async def another_code(nurse: Person, patient: str) -> str:
    """A newer code for the same patient."""
    return str((await nurse.post(f"/api/patients/{patient}/activation")).ok(201)["code"])


async def try_code(world: World, code: str) -> Answer:
    return await world.ask("POST", ACTIVATION, {"code": code})


async def digits(world: World, login: str, later: int = 0) -> str:
    """What the authenticator of this professional shows `later` times thirty seconds from now."""
    staff = next(s for s in world.tenant("A")["staff"] if s["login"] == login)
    return pyotp.TOTP(staff["totp_secret"]).at(int((await world.now()).timestamp()) + 30 * later)


async def try_password(
    world: World, login: str, password: str = WRONG, totp: str = "000000", cookies: dict[str, str] | None = None
) -> Answer:
    return await world.ask("POST", PASSWORD, {"login": login, "password": password, "totp": totp}, cookies)


# -- one-time codes


async def test_an_activation_code_signs_in_once(calm: World) -> None:
    code = await a_code(calm)
    (await try_code(calm, code)).ok(200)
    problem(await try_code(calm, code), 401, "code_refused")


@pytest.mark.parametrize("habit", [str.lower, lambda c: c.replace("-", " "), lambda c: f" {c.replace('-', '')} "])
async def test_a_code_is_taken_however_it_is_typed(calm: World, habit: Any) -> None:
    (await try_code(calm, habit(await a_code(calm)))).ok(200)


async def test_a_code_with_o_typed_for_zero_is_taken(calm: World) -> None:
    patient, code = await enrolled(calm, nurse := await a_nurse(calm))
    for _ in range(40):
        code = await another_code(nurse, patient)
        if "0" in code or "1" in code:
            break
    (await try_code(calm, code.replace("0", "o").replace("1", "l"))).ok(200)


async def test_five_wrong_proofs_end_a_code(calm: World) -> None:
    code = await a_code(calm)
    wrong = code[:-1] + ("2" if code[-1] != "2" else "3")
    for _ in range(5):
        await calm.clock.advance(minutes=6)  # past what the throttle asks for
        problem(await try_code(calm, wrong), 401, "code_refused")
    await calm.clock.advance(minutes=6)
    problem(await try_code(calm, code), 401, "code_refused")


async def test_four_wrong_proofs_do_not_end_a_code(calm: World) -> None:
    code = await a_code(calm)
    wrong = code[:-1] + ("2" if code[-1] != "2" else "3")
    for _ in range(4):
        await calm.clock.advance(minutes=6)
        await try_code(calm, wrong)
    await calm.clock.advance(minutes=6)
    (await try_code(calm, code)).ok(200)


async def test_a_code_is_too_old_after_three_days(calm: World) -> None:
    early = await a_code(calm)
    await calm.clock.advance(hours=71, minutes=59)
    (await try_code(calm, early)).ok(200)
    late = await a_code(calm)
    await calm.clock.advance(hours=72, minutes=1)
    problem(await try_code(calm, late), 401, "code_refused")


async def test_a_new_code_ends_the_older_one(calm: World) -> None:
    patient, older = await enrolled(calm, nurse := await a_nurse(calm))
    newer = await another_code(nurse, patient)
    problem(await try_code(calm, older), 401, "code_refused")
    (await try_code(calm, newer)).ok(200)


async def test_an_activation_code_is_no_invitation(calm: World) -> None:
    code = await a_code(calm)
    problem(await calm.ask("POST", "/api/join/begin", {"code": code}), 401, "code_refused")


async def test_guessing_codes_becomes_slower_and_slower(calm: World) -> None:
    waits = []
    for _ in range(8):
        answer = await try_code(calm, "0000-0000-0000")
        if answer.status == 429:
            waits.append(int(answer.headers["Retry-After"]))
            await calm.clock.advance(seconds=waits[-1] + 1)
            answer = await try_code(calm, "0000-0000-0000")
        problem(answer, 401, "code_refused")
    assert len(waits) >= 4
    assert waits == sorted(waits)
    assert waits[-1] >= 4 * waits[0]
    problem(await try_code(calm, "0000-0000-0000"), 429, "too_many_tries")


async def test_the_demonstrations_links_are_not_there_outside_the_demonstration(calm: World) -> None:
    problem(await calm.ask("POST", "/api/sign-in/demo", {"token": "a.b"}), 404, "not_found")


# -- password and six digits


async def test_a_professional_signs_in_with_password_and_six_digits(calm: World) -> None:
    nurse = await calm.sign_in("level2")
    assert (nurse.me["kind"], nurse.me["role"], nurse.me["coordination_level"], nurse.me["full"]) == (
        "staff",
        "coordinator",
        2,
        True,
    )
    assert (await nurse.get("/api/me")).ok(200) == nurse.me


async def test_the_same_six_digits_open_no_second_door(calm: World) -> None:
    login, password = "oncologist@a.example", "vigie test password"
    six = await digits(calm, login)
    (await try_password(calm, login, password, six)).ok(200)
    problem(await try_password(calm, login, password, six), 401, "credentials_refused")
    problem(await try_password(calm, login, password, await digits(calm, login, -1)), 401, "credentials_refused")
    (await try_password(calm, login, password, await digits(calm, login, +1))).ok(200)


async def test_an_authenticator_may_be_thirty_seconds_off_and_not_more(calm: World) -> None:
    login, password = "manager@a.example", "vigie test password"
    for off in (-3, -2, 2, 3):
        answer = await try_password(calm, login, password, await digits(calm, login, off))
        problem(answer, 401, "credentials_refused")
        await calm.clock.advance(minutes=6)
    (await try_password(calm, login, password, await digits(calm, login, -1))).ok(200)


@pytest.mark.parametrize("six", ["٣٣٣٣٣٣", "²²²²²²", "12345é", "      ", "۱۲۳۴۵۶", "1 2 3 4 5 6"])
async def test_strange_digits_are_only_wrong(calm: World, six: str) -> None:
    answer = await try_password(calm, "level2@a.example", "vigie test password", six)
    problem(answer, 401, "credentials_refused")


async def test_a_login_is_taken_in_capitals_and_digits_with_a_space(calm: World) -> None:
    login = "auditor@a.example"
    six = await digits(calm, login)
    (await try_password(calm, " Auditor@A.example ", "vigie test password", f"{six[:3]} {six[3:]}")).ok(200)


async def test_nobody_learns_whether_an_account_exists(calm: World) -> None:
    known, unknown = "level2@a.example", "nobody@a.example"
    answers = [await try_password(calm, login) for login in (known, unknown)]
    for answer in answers:
        problem(answer, 401, "credentials_refused")
    assert answers[0].text == answers[1].text
    assert answers[0].headers.keys() == answers[1].headers.keys()
    right_password = await try_password(calm, known, "vigie test password", "000000")
    assert right_password.text == answers[0].text, "nor whether the password was right"


async def test_an_unknown_account_costs_as_much_time_as_a_known_one(calm: World) -> None:
    spent: dict[str, list[float]] = {"level2@a.example": [], "nobody@a.example": []}
    for _ in range(5):
        for login, times in spent.items():
            await calm.clock.advance(minutes=6)
            answer = await try_password(calm, login)
            problem(answer, 401, "credentials_refused")
            times.append(answer.seconds)
    known, unknown = (statistics.median(times) for times in spent.values())
    assert unknown > known / 2, f"known {known:.3f} s, unknown {unknown:.3f} s"


async def test_wrong_passwords_slow_a_stranger_down_and_never_the_known_device(calm: World) -> None:
    nurse = await calm.sign_in("level2")
    for _ in range(3):
        problem(await try_password(calm, "level2@a.example"), 401, "credentials_refused")
    problem(await try_password(calm, "level2@a.example"), 401, "credentials_refused")
    held_up = await try_password(calm, "level2@a.example")
    problem(held_up, 429, "too_many_tries")
    assert int(held_up.headers["Retry-After"]) >= 1
    right = await try_password(
        calm, "level2@a.example", "vigie test password", await digits(calm, "level2@a.example", 1)
    )
    problem(right, 429, "too_many_tries")
    same = {DEVICE: nurse.cookies[DEVICE]}
    six = await digits(calm, "level2@a.example", 1)
    (await try_password(calm, "level2@a.example", "vigie test password", six, same)).ok(200)


async def test_a_device_that_somebody_else_knows_is_no_known_device(calm: World) -> None:
    other = await calm.sign_in("level1")
    for _ in range(4):
        await try_password(calm, "level2@a.example")
    answer = await try_password(calm, "level2@a.example", cookies={DEVICE: other.cookies[DEVICE]})
    problem(answer, 429, "too_many_tries")


async def test_guesses_are_forgotten_after_a_quiet_hour(calm: World) -> None:
    for _ in range(4):
        await try_password(calm, "nobody@a.example")
    problem(await try_password(calm, "nobody@a.example"), 429, "too_many_tries")
    await calm.clock.advance(minutes=61)
    for _ in range(2):
        problem(await try_password(calm, "nobody@a.example"), 401, "credentials_refused")


# -- sessions


async def test_cookies_are_out_of_reach_of_scripts_and_other_sites(calm: World) -> None:
    code = await a_code(calm)
    async with calm.http.post(calm.url + ACTIVATION, json={"code": code}) as response:
        cookies = response.headers.getall("Set-Cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} == {PATIENT_SESSION, PATIENT_DEVICE}
    for cookie in cookies:
        marks = {mark.strip().lower() for mark in cookie.split(";")[1:]}
        assert {"httponly", "secure", "samesite=lax", "path=/"} <= marks
        assert not any(mark.startswith("domain") for mark in marks)


async def test_a_cookie_chosen_by_somebody_else_is_never_adopted(calm: World) -> None:
    chosen = {PATIENT_SESSION: "A" * 86, PATIENT_DEVICE: "B" * 86}
    problem(await calm.ask("GET", "/api/me", cookies=dict(chosen)), 401, "sign_in_needed")
    victim = dict(chosen)
    (await calm.ask("POST", ACTIVATION, {"code": await a_code(calm)}, victim)).ok(200)
    assert victim[PATIENT_SESSION] != chosen[PATIENT_SESSION]
    assert victim[PATIENT_DEVICE] != chosen[PATIENT_DEVICE]
    problem(await calm.ask("GET", "/api/me", cookies=dict(chosen)), 401, "sign_in_needed")
    (await calm.ask("GET", "/api/me", cookies=victim)).ok(200)


async def test_a_patient_and_a_nurse_live_side_by_side_in_one_browser(calm: World) -> None:
    browser: dict[str, str] = {}
    (await calm.ask("POST", ACTIVATION, {"code": await a_code(calm)}, browser)).ok(200)
    six = await digits(calm, "level2@a.example", 1)
    (await try_password(calm, "level2@a.example", "vigie test password", six, browser)).ok(200)
    (await calm.ask("GET", "/api/home", cookies=browser)).ok(200)
    (await calm.ask("GET", "/api/worklist", cookies=browser)).ok(200)
    for face, kind in (("patient", "patient"), ("clinic", "staff")):
        assert (await calm.ask("GET", "/api/me", None, browser, **{"Vigie-Face": face})).ok(200)["kind"] == kind
    (await calm.ask("POST", "/api/sign-out", None, browser, **{"Vigie-Face": "clinic"})).ok(204)
    (await calm.ask("GET", "/api/home", cookies=browser)).ok(200)
    answer = await calm.ask("GET", "/api/me", None, browser, **{"Vigie-Face": "clinic"})
    problem(answer, 401, "sign_in_needed")


async def test_signing_in_again_gives_another_session(calm: World) -> None:
    nurse = await calm.sign_in("level2")
    before = dict(nurse.cookies)
    six = await digits(calm, "level2@a.example", 1)
    (await try_password(calm, "level2@a.example", "vigie test password", six, nurse.cookies)).ok(200)
    assert nurse.cookies[SESSION] != before[SESSION]


async def test_only_hashes_of_cookies_and_codes_are_kept(calm: World) -> None:
    nurse = await calm.sign_in("level2")
    code = (await enrolled(calm, nurse))[1].replace("-", "")
    kept = str(await calm.rows("select s::text from session s")) + str(
        await calm.rows("select c::text from one_time_code c")
    )
    for secret in (nurse.cookies[SESSION], nurse.cookies[DEVICE], code, code[4:]):
        assert secret not in kept


@pytest.mark.parametrize("who", ["level2", "patient"])
async def test_a_session_ends_after_half_an_hour_without_a_sign_of_life(calm: World, who: str) -> None:
    person = await calm.new_patient() if who == "patient" else await calm.sign_in(who)
    for _ in range(3):
        await calm.clock.advance(minutes=29)
        (await person.get("/api/me")).ok(200)
    await calm.clock.advance(minutes=31)
    assert (await person.get("/api/me")).ok(200)["full"] is False
    problem(await person.get("/api/sessions"), 401, "sign_in_needed")


@pytest.mark.parametrize(("who", "hours"), [("level2", 12), ("patient", 24)])
async def test_a_session_ends_after_its_absolute_life_however_busy(calm: World, who: str, hours: int) -> None:
    person = await calm.new_patient() if who == "patient" else await calm.sign_in(who)
    for _ in range(hours * 60 // 20 - 1):
        await calm.clock.advance(minutes=20)
        (await person.get("/api/sessions")).ok(200)
    await calm.clock.advance(minutes=21)
    problem(await person.get("/api/sessions"), 401, "sign_in_needed")


async def test_a_person_sees_their_sessions_and_ends_one_of_them(calm: World) -> None:
    here, there = await calm.sign_in("level2"), await calm.sign_in("level2")
    lines = (await here.get("/api/sessions")).ok(200)["sessions"]
    assert sum(line["current"] for line in lines) == 1
    theirs = next(line for line in (await there.get("/api/sessions")).ok(200)["sessions"] if line["current"])
    assert theirs["id"] in {line["id"] for line in lines}
    (await here.delete(f"/api/sessions/{theirs['id']}")).ok(204)
    problem(await there.get("/api/worklist"), 401, "sign_in_needed")
    (await here.get("/api/worklist")).ok(200)
    problem(await here.delete(f"/api/sessions/{theirs['id']}"), 404, "not_found")


async def test_nobody_ends_somebody_elses_session(calm: World) -> None:
    nurse, other = await calm.sign_in("level2"), await calm.sign_in("level1")
    theirs = next(line for line in (await nurse.get("/api/sessions")).ok(200)["sessions"] if line["current"])
    problem(await other.delete(f"/api/sessions/{theirs['id']}"), 404, "not_found")
    problem(await other.delete(f"/api/sessions/{uuid4()}"), 404, "not_found")
    (await nurse.get("/api/worklist")).ok(200)


async def test_signing_out_ends_session_and_device(calm: World) -> None:
    patient = await calm.new_patient()
    held = dict(patient.cookies)
    (await patient.post("/api/sign-out")).ok(204)
    assert patient.cookies == {}
    for name in (PATIENT_SESSION, PATIENT_DEVICE):
        problem(await calm.ask("GET", "/api/me", cookies={name: held[name]}), 401, "sign_in_needed")
    draft = {"answered_at": (await calm.now()).isoformat(), "questionnaire": "test", "answers": {}}
    problem(await calm.ask("PUT", f"/api/reports/{uuid4()}", draft, held), 401, "sign_in_needed")
    assert await calm.value("select count(*) from report where patient_id = $1", UUID(patient.me["id"])) == 0


async def test_signing_out_twice_or_never_signed_in_does_no_harm(calm: World) -> None:
    (await calm.ask("POST", "/api/sign-out")).ok(204)
    patient = await calm.new_patient()
    held = dict(patient.cookies)
    (await calm.ask("POST", "/api/sign-out", cookies=dict(held))).ok(204)
    (await calm.ask("POST", "/api/sign-out", cookies=dict(held))).ok(204)


READS = [
    "/api/home",
    "/api/reports",
    "/api/questionnaire",
    "/api/sessions",
    "/api/devices",
    "/api/push-key",
    "/api/worklist",
]


async def test_after_the_session_a_patient_still_reports_and_reads_nothing(calm: World) -> None:
    patient = await calm.new_patient()
    (await patient.report({"fatigue": {"S": 2, "I": 2}})).ok(201)
    await calm.clock.advance(days=20)
    me = (await patient.get("/api/me")).ok(200)
    assert (me["full"], me["name"]) == (False, "")
    for path in READS:
        problem(await patient.get(path), 401, "sign_in_needed")
    receipt = (await patient.report({"chest_pain": {"S": 3}})).ok(201)
    assert (receipt["level"], receipt["emergency"]) == ("red", True)
    assert "15" in receipt["headline"]["fr"]
    row = await (await calm.sign_in("level2")).row_of(patient)
    assert row["level"] == "red"


async def test_the_device_credential_ends_after_ninety_days(calm: World) -> None:
    patient = await calm.new_patient()
    await calm.clock.advance(days=89, hours=23)
    (await patient.report({})).ok(201)
    await calm.clock.advance(hours=2)
    problem(await patient.report({}), 401, "sign_in_needed")


async def test_a_professionals_device_credential_opens_nothing(calm: World) -> None:
    nurse = await calm.sign_in("level2")
    await calm.clock.advance(hours=13)
    for path in (*READS, "/api/patients", "/api/overview", "/api/regimens"):
        problem(await nurse.get(path), 401, "sign_in_needed")
    assert (await nurse.report({})).status in (401, 403)


async def test_a_disabled_account_is_shut_out_at_once(calm: World) -> None:
    nurse = await calm.sign_in("oncologist.second")
    await calm.rows("update account set disabled_at = now() where login = 'oncologist.second@a.example'")
    try:
        problem(await nurse.get("/api/worklist"), 401, "sign_in_needed")
        six = await digits(calm, "oncologist.second@a.example", 1)
        answer = await try_password(calm, "oncologist.second@a.example", "vigie test password", six)
        problem(answer, 401, "credentials_refused")
    finally:
        await calm.rows("update account set disabled_at = null")


# -- joining


def invite(world: World, login: str) -> str:
    """A one-time code for a new nurse of tenant A, as the command prints it in a link."""
    name = world.tenant("A")["name"]
    done = world.vigie(
        "invite",
        "--establishment",
        name,
        "--name",
        "Nora Petit",
        "--login",
        login,
        "--role",
        "coordinator",
        "--level",
        "2",
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split("#/join/")[1].split()[0]


async def test_an_invited_nurse_joins_with_a_password_and_an_authenticator(calm: World) -> None:
    login = f"nora.{uuid4().hex[:6]}@a.example"
    code = invite(calm, login)
    factors = (await calm.ask("POST", "/api/join/begin", {"code": code})).ok(200)
    assert factors["login"] == login
    assert factors["otpauth_uri"].startswith("otpauth://totp/")
    again = (await calm.ask("POST", "/api/join/begin", {"code": code})).ok(200)
    assert again == factors, "opening the link twice does not change the authenticator"

    def six(at: float) -> str:
        return pyotp.TOTP(factors["totp_secret"]).at(int(at))

    now = (await calm.now()).timestamp()
    short = await calm.ask("POST", "/api/join", {"code": code, "password": "elevenchars", "totp": six(now)})
    assert problem(short, 422, "content_refused")["errors"][0]["path"] == "password"
    wrong = await calm.ask("POST", "/api/join", {"code": code, "password": "quatre mots bien longs", "totp": "000000"})
    problem(wrong, 401, "credentials_refused")
    nora = Person(calm, "Nora Petit")
    joined = await nora.post("/api/join", {"code": code, "password": "quatre mots bien longs", "totp": six(now)})
    assert (joined.ok(200)["role"], joined.json["coordination_level"]) == ("coordinator", 2)
    (await nora.get("/api/worklist")).ok(200)
    problem(await calm.ask("POST", "/api/join/begin", {"code": code}), 401, "code_refused")
    again_in = await try_password(calm, login, "quatre mots bien longs", six(now + 30))
    again_in.ok(200)


async def test_opening_an_invitation_many_times_does_not_use_it_up(calm: World) -> None:
    code = invite(calm, f"curious.{uuid4().hex[:6]}@a.example")
    for _ in range(12):
        (await calm.ask("POST", "/api/join/begin", {"code": code})).ok(200)


async def test_of_those_who_join_at_once_with_one_code_one_sets_the_password(calm: World) -> None:
    login = f"twice.{uuid4().hex[:6]}@a.example"
    code = invite(calm, login)
    factors = (await calm.ask("POST", "/api/join/begin", {"code": code})).ok(200)
    totp, now = pyotp.TOTP(factors["totp_secret"]), int((await calm.now()).timestamp())
    passwords = [f"quatre mots bien longs {n}" for n in range(4)]
    answers = await asyncio.gather(
        *(calm.ask("POST", "/api/join", {"code": code, "password": p, "totp": totp.at(now)}) for p in passwords)
    )
    assert sorted(answer.status for answer in answers) == [200, 401, 401, 401]
    winner = next(p for p, answer in zip(passwords, answers, strict=True) if answer.status == 200)
    (await try_password(calm, login, winner, totp.at(now + 30))).ok(200)


async def test_whoever_has_not_joined_cannot_sign_in(calm: World) -> None:
    login = f"late.{uuid4().hex[:6]}@a.example"
    invite(calm, login)
    problem(await try_password(calm, login, "quatre mots bien longs", "000000"), 401, "credentials_refused")


# -- writes come from Vigie's own pages only


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "", "Origin": "null"},
    ],
)
async def test_a_write_from_another_site_is_refused_though_the_cookies_are_right(
    calm: World, headers: dict[str, str]
) -> None:
    patient = await calm.new_patient()
    for method, path, body in (
        (
            "PUT",
            f"/api/reports/{uuid4()}",
            b'{"answered_at": "2026-11-24T09:00:00Z", "questionnaire": "t", "answers": {}}',
        ),
        ("POST", "/api/sign-out", b""),
    ):
        answer = await send(calm, method, path, body, who=patient, **headers)
        problem(answer, 403, "foreign_origin")
    (await patient.get("/api/home")).ok(200)
    assert await calm.value("select count(*) from report where patient_id = $1", UUID(patient.me["id"])) == 0


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Sec-Fetch-Site": "same-origin", "Origin": "own"}],
)
async def test_a_write_from_vigies_own_pages_is_taken(calm: World, headers: dict[str, str]) -> None:
    patient = await calm.new_patient()
    if "Origin" in headers:
        headers = {**headers, "Origin": f"http://localhost:{calm.env['VIGIE_PORT']}"}
    body = b'{"answered_at": "2026-11-24T09:00:00Z", "questionnaire": "t", "answers": {}}'
    (await send(calm, "PUT", f"/api/reports/{uuid4()}", body, who=patient, **headers)).ok(201)
