-- Times are unix milliseconds, identities 63-bit hashes; both BIGINT, so that SQLite and PostgreSQL read the same text.
-- A released migration is never edited: add the next one.

CREATE TABLE feed (
    id       BIGINT PRIMARY KEY,
    url      TEXT   NOT NULL,
    next_due BIGINT,
    state    TEXT   NOT NULL               -- JSON of FeedState
);

-- One row for each version of an item, appended and never changed: `explain` and `replay` see what was seen then.
-- (BIGINT and not INTEGER: rows stay in order of arrival, and only the small index is in order of the hash.)
CREATE TABLE item (
    id             BIGINT   NOT NULL,
    version        INTEGER  NOT NULL,
    feed           BIGINT   NOT NULL,
    key            TEXT     NOT NULL,
    link           TEXT,
    canonical_link TEXT,
    title          TEXT     NOT NULL,
    summary        TEXT     NOT NULL,
    text           TEXT,
    published      BIGINT,
    seen           BIGINT   NOT NULL,
    outlet         TEXT     NOT NULL,
    family         TEXT     NOT NULL,
    lang           TEXT,
    feed_name      TEXT     NOT NULL,
    tags           TEXT     NOT NULL,      -- JSON list
    backfill       INTEGER  NOT NULL,      -- 0 or 1
    fingerprint    BIGINT   NOT NULL,
    listed         BIGINT   NOT NULL,      -- when its feed last showed it, to the day
    PRIMARY KEY (id, version)
);
CREATE INDEX item_key  ON item (feed, key);
CREATE INDEX item_link ON item (canonical_link) WHERE canonical_link IS NOT NULL;
CREATE INDEX item_seen ON item (seen, id, version);

-- What each watch made of an item, each time it was asked.
CREATE TABLE decision (
    item        BIGINT  NOT NULL,
    watch       TEXT    NOT NULL,
    version     INTEGER NOT NULL,
    at          BIGINT  NOT NULL,
    story       BIGINT  NOT NULL,
    thread      BIGINT  NOT NULL,
    plan_kind   TEXT    NOT NULL,          -- send, hold, digest, suppress
    suppressed  TEXT,                      -- the reason, for counting
    config_hash BIGINT  NOT NULL,
    decision    TEXT    NOT NULL,          -- JSON of StoryDecision
    plan        TEXT    NOT NULL,          -- JSON of AlertPlan
    evidence    TEXT    NOT NULL,          -- JSON list of Evidence
    PRIMARY KEY (item, watch, version, at)
);
CREATE INDEX decision_at     ON decision (at);
CREATE INDEX decision_story  ON decision (story);
CREATE INDEX decision_thread ON decision (thread);

CREATE TABLE alert (
    id      BIGINT PRIMARY KEY,
    thread  BIGINT NOT NULL,
    decided BIGINT NOT NULL,
    data    TEXT   NOT NULL                -- JSON of Alert
);
CREATE INDEX alert_decided ON alert (decided);

-- The outbox. The message is written once and never changed.
CREATE TABLE delivery (
    id            BIGINT  PRIMARY KEY,
    alert         BIGINT  NOT NULL,        -- or the identity of a notice to the administrator
    recipient     TEXT    NOT NULL,
    message_id    TEXT    NOT NULL,
    envelope_from TEXT    NOT NULL,
    envelope_to   TEXT    NOT NULL,
    subject       TEXT    NOT NULL,
    created       BIGINT  NOT NULL,
    state         TEXT    NOT NULL,        -- waiting, sent, dead
    attempts      INTEGER NOT NULL,
    at            BIGINT  NOT NULL,        -- next attempt, or when it was sent or given up
    note          TEXT,                    -- last error, server's answer, or why it was given up
    lease         BIGINT  NOT NULL,        -- being sent by somebody until then
    message       BLOB    NOT NULL,        -- last, so that lists need not read past it
    UNIQUE (alert, recipient)
);
CREATE INDEX delivery_state ON delivery (state, at);

-- Rows of the stages, whose content only they understand.
CREATE TABLE state (
    kind TEXT   NOT NULL,
    id   BIGINT NOT NULL,
    data TEXT   NOT NULL,
    PRIMARY KEY (kind, id)
);

-- What `status` tells: last reload, start, last run of each task.
CREATE TABLE fact (
    name  TEXT   PRIMARY KEY,
    value TEXT   NOT NULL,
    at    BIGINT NOT NULL
);
