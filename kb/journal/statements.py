"""The SQL of the journal, literal."""

TABLES = (
    "CREATE TABLE IF NOT EXISTS identity (journal_id TEXT NOT NULL)",
    "INSERT INTO identity SELECT lower(hex(randomblob(8))) WHERE NOT EXISTS (SELECT 1 FROM identity)",
    "CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, sequence INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS counter (last INTEGER NOT NULL)",
    "INSERT INTO counter SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM counter)",
    "CREATE TABLE IF NOT EXISTS removed (sequence INTEGER PRIMARY KEY)",
    """CREATE TABLE IF NOT EXISTS set_aside (
        sequence INTEGER PRIMARY KEY, kind TEXT NOT NULL, record_id TEXT NOT NULL, customer_key TEXT,
        why TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS replaced (
        sequence INTEGER PRIMARY KEY, kind TEXT NOT NULL, record_id TEXT NOT NULL, customer_key TEXT,
        body TEXT NOT NULL, why TEXT NOT NULL, at INTEGER NOT NULL)""",
    "CREATE TABLE IF NOT EXISTS watched (after INTEGER NOT NULL)",
    "INSERT INTO watched SELECT last FROM counter WHERE NOT EXISTS (SELECT 1 FROM watched)",
    """CREATE TABLE IF NOT EXISTS decisions (
        sequence INTEGER PRIMARY KEY, decision_id TEXT NOT NULL UNIQUE, customer_key TEXT NOT NULL,
        at INTEGER NOT NULL, release INTEGER NOT NULL, status TEXT NOT NULL, body TEXT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS decisions_of_customer ON decisions (customer_key, sequence)",
    """CREATE TABLE IF NOT EXISTS outcomes (
        sequence INTEGER PRIMARY KEY, decision_id TEXT NOT NULL, action_id TEXT NOT NULL, outcome TEXT NOT NULL,
        customer_key TEXT NOT NULL, at INTEGER NOT NULL, author TEXT NOT NULL, family TEXT NOT NULL,
        channel TEXT NOT NULL, arguments TEXT NOT NULL, UNIQUE (decision_id, action_id, outcome))""",
    "CREATE INDEX IF NOT EXISTS outcomes_of_customer ON outcomes (customer_key, sequence)",
    """CREATE TABLE IF NOT EXISTS interactions (
        sequence INTEGER PRIMARY KEY, interaction_id TEXT NOT NULL UNIQUE, customer_key TEXT NOT NULL,
        at INTEGER NOT NULL, body TEXT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS interactions_of_customer ON interactions (customer_key, sequence)",
    "CREATE INDEX IF NOT EXISTS interactions_of_case ON interactions (json_extract(body, '$.case_id'))",
    """CREATE TABLE IF NOT EXISTS case_changes (
        sequence INTEGER PRIMARY KEY, change_id TEXT NOT NULL UNIQUE, case_id TEXT NOT NULL,
        customer_key TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS case_changes_of_customer ON case_changes (customer_key, sequence)",
    "CREATE INDEX IF NOT EXISTS case_changes_of_case ON case_changes (case_id, sequence)",
    """CREATE TABLE IF NOT EXISTS notes (
        sequence INTEGER PRIMARY KEY, note_id TEXT NOT NULL UNIQUE, customer_key TEXT NOT NULL,
        at INTEGER NOT NULL, body TEXT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS notes_of_customer ON notes (customer_key, sequence)",
    """CREATE TABLE IF NOT EXISTS shadows (
        sequence INTEGER PRIMARY KEY, decision_id TEXT NOT NULL UNIQUE, beside TEXT NOT NULL,
        customer_key TEXT NOT NULL, release INTEGER NOT NULL, alike TEXT NOT NULL, is_first_alike INTEGER NOT NULL,
        body TEXT NOT NULL, UNIQUE (beside, release))""",
    "CREATE INDEX IF NOT EXISTS shadows_of_customer ON shadows (customer_key, sequence)",
)

COUNT_UP = "UPDATE counter SET last = last + 1"
LAST_NUMBER = "SELECT last FROM counter"
TRIAL = "UPDATE identity SET journal_id = journal_id"
"""Changes nothing, and is written all the same: it fails where the disk takes no writes."""
SET_MARK = "INSERT OR IGNORE INTO marks SELECT ?, last FROM counter"
MARK = "SELECT sequence FROM marks WHERE name = ?"
IDENTITY = "SELECT journal_id FROM identity"

INSERT_DECISION = "INSERT INTO decisions VALUES (?, ?, ?, ?, ?, ?, ?)"
INSERT_OUTCOME = "INSERT INTO outcomes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
INSERT_INTERACTION = "INSERT INTO interactions VALUES (?, ?, ?, ?, ?)"
INSERT_CASE_CHANGE = "INSERT INTO case_changes VALUES (?, ?, ?, ?, ?, ?)"
INSERT_NOTE = "INSERT INTO notes VALUES (?, ?, ?, ?, ?)"
INSERT_SHADOW = "INSERT INTO shadows VALUES (?, ?, ?, ?, ?, ?, ?, ?)"

DECISION = "SELECT body FROM decisions WHERE decision_id = ?"
DECISIONS_OF = "SELECT body FROM decisions WHERE customer_key = ? ORDER BY sequence DESC LIMIT ?"
SHADOW = "SELECT body FROM shadows WHERE decision_id = ?"
SHADOWS_OF = "SELECT body FROM shadows WHERE beside = ? ORDER BY sequence"
DECIDED_AT = "SELECT at FROM decisions WHERE decision_id = ?"
IS_DECIDED = "SELECT 1 FROM decisions WHERE decision_id = ?"
IS_SHADOWED = "SELECT 1 FROM shadows WHERE decision_id = ? OR (beside = ? AND release = ?)"
INTERACTION = "SELECT body FROM interactions WHERE interaction_id = ?"
INTERACTIONS_CALLED = """
    SELECT body FROM interactions WHERE interaction_id = ?1 OR json_extract(body, '$.case_id') = ?1 ORDER BY sequence"""
CHANGES_OF_CASE = "SELECT body FROM case_changes WHERE case_id = ? ORDER BY sequence"
CASE_CHANGE = "SELECT 1 FROM case_changes WHERE change_id = ?"
NOTES_OF = "SELECT body FROM notes WHERE customer_key = ? ORDER BY sequence DESC"
OUTCOMES_OF_ACTION = "SELECT outcome FROM outcomes WHERE decision_id = ? AND action_id = ?"

_RESPONSE = "decision_id, action_id, outcome, at, author, family, channel, arguments"
OUTCOMES_OF = f"SELECT {_RESPONSE} FROM outcomes WHERE decision_id = ? ORDER BY sequence"  # noqa: S608  # constants
_OF_THOSE = "sequence > ? AND customer_key IN (SELECT value FROM json_each(?)) ORDER BY sequence"
INTERACTIONS_SINCE = f"SELECT sequence, customer_key, body FROM interactions WHERE {_OF_THOSE}"  # noqa: S608
RESPONSES_SINCE = f"SELECT sequence, customer_key, {_RESPONSE} FROM outcomes WHERE {_OF_THOSE}"  # noqa: S608
CASE_CHANGES_SINCE = f"SELECT sequence, customer_key, body FROM case_changes WHERE {_OF_THOSE}"  # noqa: S608
CUSTOMERS_WITH_EVENTS = """
    SELECT customer_key FROM interactions UNION SELECT customer_key FROM outcomes
    UNION SELECT customer_key FROM case_changes"""

_WHILE = "d.sequence > ?1 AND (?2 IS NULL OR d.sequence <= ?2)"
SHOWN_WHILE = f"""
    SELECT o.customer_key, o.action_id, o.outcome, o.family, d.release, s.alike FROM outcomes o
    JOIN decisions d ON d.decision_id = o.decision_id
    LEFT JOIN shadows s ON s.beside = o.decision_id AND s.release = ?3
    WHERE {_WHILE} ORDER BY o.sequence"""  # noqa: S608  # constants
DECIDED_WHILE = f"""
    SELECT d.release, count(*), count(DISTINCT d.customer_key) FROM decisions d
    WHERE {_WHILE} GROUP BY d.release"""  # noqa: S608
FOLLOWED_WHILE = f"""
    SELECT count(*), coalesce(sum(s.is_first_alike), 0) FROM decisions d
    JOIN shadows s ON s.beside = d.decision_id AND s.release = ?3 WHERE {_WHILE}"""  # noqa: S608
DECIDED_UNDER = """
    WITH first AS (SELECT customer_key, min(sequence) AS sequence, min(at) AS at FROM decisions
                   WHERE release IN (SELECT value FROM json_each(?)) GROUP BY customer_key)
    SELECT f.customer_key, f.at, EXISTS (SELECT 1 FROM outcomes o WHERE o.customer_key = f.customer_key
                                         AND o.sequence > f.sequence AND o.outcome = 'converted') FROM first f
    ORDER BY f.customer_key"""
_FIRST = """
    WITH first AS (SELECT min(sequence) AS sequence FROM decisions
                   WHERE release IN (SELECT value FROM json_each(?)) GROUP BY customer_key)"""
_FIRST_CARD = """
    SELECT d.customer_key, json_extract(card.value, '$.action_id'), json_extract(card.value, '$.family'),
           json_extract(card.value, '$.arguments'), json_extract(card.value, '$.expires_at')
    FROM first f JOIN decisions d ON d.sequence = f.sequence, json_each(d.body, '$.{}') card"""
FIRST_CARDS = f"{_FIRST}{_FIRST_CARD.format('actions')} UNION ALL {_FIRST_CARD.format('withheld_cards')}"
UNTOLD_WITHHELD = f"""{_FIRST}
    SELECT count(*) FROM first f JOIN decisions d ON d.sequence = f.sequence
    WHERE json_array_length(d.body, '$.withheld') > 0
          AND json_type(d.body, '$.withheld_cards') IS NULL"""  # noqa: S608  # constants
COUNT_DECISIONS = "SELECT count(*), count(DISTINCT customer_key) FROM decisions"
OUTCOMES_BY_KIND = "SELECT outcome, count(*), count(DISTINCT customer_key) FROM outcomes GROUP BY outcome"
LAST_OUTCOME = "SELECT max(at) FROM outcomes"
DRAWABLE = """
    WITH first AS (SELECT min(d.sequence) AS sequence FROM decisions d
                   WHERE EXISTS (SELECT 1 FROM json_each(d.body, '$.actions') a
                                 WHERE json_extract(a.value, '$.shown_probability') < 1)
                   GROUP BY d.customer_key ORDER BY 1 DESC LIMIT ?)
    SELECT d.body, (SELECT json_group_object(o.action_id, o.at) FROM outcomes o
                    WHERE o.decision_id = d.decision_id AND o.outcome = 'converted')
    FROM first JOIN decisions d ON d.sequence = first.sequence ORDER BY d.sequence"""

CARD_OUTCOMES = """
    SELECT o.customer_key, o.decision_id, o.action_id, o.arguments, o.outcome, o.at,
           json_extract(card.value, '$.reasons[0].rule_id'), json_extract(card.value, '$.factors.propensity'),
           json_extract(card.value, '$.factors.propensity_from.before'),
           json_extract(card.value, '$.factors.propensity_from.source'), o.family,
           json_extract(card.value, '$.expires_at')
    FROM outcomes o JOIN decisions d ON d.decision_id = o.decision_id, json_each(d.body, '$.actions') card
    WHERE o.at >= ? AND json_extract(card.value, '$.action_id') = o.action_id ORDER BY o.sequence"""
"""Each outcome of a decision of this journal with what its card said."""
RULE_CUSTOMERS = """
    SELECT rule, customer_key, min(at), is_held_out FROM (
        SELECT json_extract(card.value, '$.reasons[0].rule_id') AS rule, d.customer_key, d.at, 0 AS is_held_out
        FROM decisions d, json_each(d.body, '$.actions') card
        UNION ALL
        SELECT held.value, d.customer_key, d.at, 1 FROM decisions d, json_each(d.body, '$.withheld_rules') held)
    GROUP BY rule, customer_key, is_held_out ORDER BY rule, customer_key, is_held_out"""
LATEST_OUTCOME = "SELECT max(at) FROM outcomes"

_SLIM = {
    "decisions": "'Decision', customer_key, decision_id, at, release, status, body, NULL, NULL, NULL",
    "outcomes": "'Outcome', customer_key, decision_id, at, action_id, outcome, arguments, author, family, channel",
    "interactions": "'PostedInteraction', customer_key, interaction_id, at, NULL, NULL, body, NULL, NULL, NULL",
    "case_changes": "'CaseChange', customer_key, change_id, at, NULL, NULL, body, NULL, NULL, NULL",
    "notes": "'Note', customer_key, note_id, at, NULL, NULL, body, NULL, NULL, NULL",
    "shadows": "'Shadow', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL",
}
_NEXT = "SELECT * FROM (SELECT sequence, {columns} FROM {table} WHERE sequence > ?1 ORDER BY sequence LIMIT ?2)"
_COUNT = "(SELECT count(*) FROM {table} WHERE sequence > ?1)"
RECORDS_AFTER = " UNION ALL ".join(_NEXT.format(table=table, columns=columns)
                                   for table, columns in _SLIM.items()) + " ORDER BY 1 LIMIT ?2"
"""One statement, so that all tables are read at one moment: numbers that are missing then never come."""
WAITING_AFTER = "SELECT " + " + ".join(_COUNT.format(table=table) for table in _SLIM)

_NUMBERED = ("decisions", "outcomes", "interactions", "case_changes", "notes", "shadows")
NOTE_REMOVED = tuple(f"INSERT OR IGNORE INTO removed SELECT sequence FROM {table} WHERE customer_key = ?"  # noqa: S608
                     for table in _NUMBERED)
IS_KNOWN = tuple(f"SELECT 1 FROM {table} WHERE customer_key = ? LIMIT 1" for table in _NUMBERED)  # noqa: S608
ERASE = tuple(f"DELETE FROM {table} WHERE customer_key = ?" for table in _NUMBERED)  # noqa: S608

_BODIES = ("decisions", "shadows", "replaced")
MENTIONS = {table: f"SELECT sequence FROM {table} WHERE customer_key <> ?1 AND instr(body, ?1)"  # noqa: S608
            for table in _BODIES}
"""What was decided for others, from facts that name the customer."""
UNNAME = {table: f"UPDATE {table} SET body = replace(body, ?, ?) WHERE sequence = ?" for table in _BODIES}  # noqa: S608
SAID_OF_OTHERS = """
    SELECT 'note' AS record, note_id, customer_key, body FROM notes UNION ALL
    SELECT 'interaction', interaction_id, customer_key, body FROM interactions UNION ALL
    SELECT 'case_change', change_id, customer_key, body FROM case_changes"""
PURGE = "PRAGMA wal_checkpoint(TRUNCATE)"
_ASIDE = ("set_aside", "replaced")
ERASE_ASIDE = (*(f"DELETE FROM {table} WHERE customer_key = ?" for table in _ASIDE),  # noqa: S608
               "DELETE FROM replaced WHERE customer_key IS NULL AND instr(body, ?)")
"""Also what could not be read for whom it was, where it names the customer."""

_USED = " UNION ALL ".join(f"SELECT sequence FROM {table}" for table in (*_NUMBERED, "removed"))  # noqa: S608
GAPS = f"""
    WITH used AS ({_USED} UNION ALL SELECT last + 1 FROM counter),
    steps AS (SELECT sequence, lag(sequence, 1, (SELECT after FROM watched)) OVER (ORDER BY sequence) AS before
              FROM used WHERE sequence > (SELECT after FROM watched))
    SELECT before + 1, sequence - 1 FROM steps WHERE sequence > before + 1"""  # noqa: S608  # constants
USED_TWICE = f"""
    SELECT sequence FROM ({_USED} UNION ALL SELECT last + 1 FROM counter)
    GROUP BY sequence HAVING count(*) > 1"""  # noqa: S608
DECISIONS_BY_RELEASE = """
    SELECT release, count(*) FROM (SELECT release FROM decisions UNION ALL SELECT release FROM shadows)
    GROUP BY release ORDER BY release"""
COUNT_OUTCOMES = "SELECT count(*) FROM outcomes"
OUTCOMES_WITHOUT_DECISION = """
    SELECT DISTINCT decision_id FROM outcomes o
    WHERE NOT EXISTS (SELECT 1 FROM decisions d WHERE d.decision_id = o.decision_id)
    AND NOT EXISTS (SELECT 1 FROM replaced r WHERE r.kind = 'Decision' AND r.record_id = o.decision_id)
    ORDER BY decision_id"""

_OUTCOME_ID = "decision_id || '/' || action_id || '/' || outcome"
_RECORDS = {
    "Decision": ("decisions", "decision_id", "body"),
    "Outcome": ("outcomes", _OUTCOME_ID, f"json_array({_RESPONSE})"),
    "PostedInteraction": ("interactions", "interaction_id", "body"),
    "CaseChange": ("case_changes", "change_id", "body"),
    "Note": ("notes", "note_id", "body"),
    "Shadow": ("shadows", "decision_id", "body"),
}
"""By kind of record: its table, its id, and what is read of it."""

BODIES = " UNION ALL ".join(f"SELECT sequence, '{kind}', {name}, customer_key, {body} FROM {table}"  # noqa: S608
                            for kind, (table, name, body) in _RECORDS.items()) + " ORDER BY 1"
BODY_OF = {kind: f"SELECT {body} FROM {table} WHERE sequence = ?"  # noqa: S608
           for kind, (table, _, body) in _RECORDS.items()}
SET_BODY = {kind: f"UPDATE {table} SET body = ? WHERE sequence = ?"  # noqa: S608
            for kind, (table, _, body) in _RECORDS.items() if body == "body"}
TAKE_OUT = {kind: f"DELETE FROM {table} WHERE sequence = ?" for kind, (table, _, _) in _RECORDS.items()}  # noqa: S608
NUMBER_REMOVED = "INSERT OR IGNORE INTO removed VALUES (?)"
KEEP_REPLACED = "INSERT OR REPLACE INTO replaced VALUES (?, ?, ?, ?, ?, ?, ?)"
PUT_ASIDE = "INSERT OR REPLACE INTO set_aside VALUES (?, ?, ?, ?, ?)"
SET_ASIDE = "SELECT sequence FROM set_aside ORDER BY sequence"
ALL_SET_ASIDE = "SELECT sequence, kind, record_id, why FROM set_aside ORDER BY sequence"
COUNT_SET_ASIDE = "SELECT count(*) FROM set_aside"
FORGET_SET_ASIDE = "DELETE FROM set_aside"
