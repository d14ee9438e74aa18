/*
 * See migrations.h. Rules that the tables keep by themselves, because a
 * defect of the program must not be able to break them:
 *
 * - STRICT: a column holds its type, not what somebody bound;
 * - results refuse UPDATE and DELETE; a run is excluded by a row; samples
 *   may be dropped once the text that they are of has expired;
 * - a verification that passed has checks, and none of them failed;
 * - a verdict carries (verification, passed); accepted and first need 1, and
 *   the verification must be of the same run, spec, source, environment;
 * - a proposal needs such a verdict (only knowledge carries none);
 * - a node's parent is an older node of its own campaign: no cycles;
 * - one live job a key; one campaign a search key.
 *
 * Times are wall seconds, durations nanoseconds, hashes 64 hex digits.
 */
#include "store/migrations.h"

#include <stddef.h>

#define KEEP_UPDATE(table)                                             \
        "CREATE TRIGGER " table "_keep_update BEFORE UPDATE ON " table \
        " BEGIN SELECT RAISE(ABORT, 'results are append-only: " table  \
        "'); END"

#define APPEND_ONLY(table)                                                    \
        KEEP_UPDATE(table),                                                   \
                "CREATE TRIGGER " table                                       \
                "_keep_delete BEFORE DELETE ON " table                        \
                " BEGIN SELECT RAISE(ABORT, 'results are append-only: " table \
                "'); END"

static const char *const first_tables[] = {
        "CREATE TABLE value (\n"
        "  name TEXT PRIMARY KEY,   -- 'ref:/srv/kernels.git main', ...\n"
        "  value TEXT NOT NULL\n"
        ") STRICT, WITHOUT ROWID",

        "CREATE TABLE spec (\n"
        "  hash TEXT PRIMARY KEY CHECK (hash <> ''), -- canonical tree\n"
        "  name TEXT NOT NULL,      -- the kernel's\n"
        "  text TEXT NOT NULL,      -- as first seen\n"
        "  created INTEGER NOT NULL\n"
        ") STRICT",

        "CREATE TABLE source (\n"
        "  hash TEXT PRIMARY KEY CHECK (hash <> ''), -- SHA-256 of the text\n"
        "  language TEXT NOT NULL,  -- c, cuda, ...\n"
        "  bytes INTEGER NOT NULL,  -- of the text\n"
        "  text BLOB,               -- zstd; NULL when it expired\n"
        "  used INTEGER NOT NULL    -- when it was last recorded\n"
        ") STRICT",
        "CREATE INDEX source_used ON source (used) WHERE text IS NOT NULL",

        "CREATE TABLE environment (\n"
        "  hash TEXT PRIMARY KEY CHECK (hash <> ''),\n"
        "  fields TEXT NOT NULL,    -- JSON: compiler, driver, CPU, ...\n"
        "  created INTEGER NOT NULL\n"
        ") STRICT",

        "CREATE TABLE environment_seen (\n"
        "  hardware TEXT NOT NULL,\n"
        "  environment TEXT NOT NULL REFERENCES environment (hash),\n"
        "  first INTEGER NOT NULL,  -- time\n"
        "  last INTEGER NOT NULL,   -- time it became the newest\n"
        "  serial INTEGER NOT NULL UNIQUE, -- orders sightings in a second\n"
        "  PRIMARY KEY (hardware, environment)\n"
        ") STRICT, WITHOUT ROWID",
        "CREATE INDEX environment_newest"
        " ON environment_seen (hardware, serial)",

        NULL,
};

static const char *const queue_tables[] = {
        "CREATE TABLE job (\n"
        "  id INTEGER PRIMARY KEY,\n"
        "  kind TEXT NOT NULL,      -- search, verify, measure, reselect\n"
        "  repository TEXT NOT NULL,\n"
        "  kernel TEXT NOT NULL,\n"
        "  hardware TEXT NOT NULL,\n"
        "  key TEXT NOT NULL,       -- dedupe; '' is never a duplicate\n"
        "  payload TEXT NOT NULL,   -- JSON for the child\n"
        "  priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 5),\n"
        "  score REAL NOT NULL,     -- within a priority, higher first\n"
        "  state TEXT NOT NULL CHECK (state IN ('queued', 'running',\n"
        "    'done', 'failed', 'parked', 'cancelled')),\n"
        "  attempts INTEGER NOT NULL, -- times claimed\n"
        "  created INTEGER NOT NULL,\n"
        "  not_before INTEGER NOT NULL, -- not claimed earlier\n"
        "  started INTEGER NOT NULL, -- last claim, 0 before\n"
        "  finished INTEGER NOT NULL, -- 0 before\n"
        "  pid INTEGER NOT NULL,    -- of the running child, 0\n"
        "  note TEXT NOT NULL       -- last error, or how it ended\n"
        ") STRICT",
        "CREATE UNIQUE INDEX job_live ON job (key)"
        " WHERE state IN ('queued', 'running') AND key <> ''",
        "CREATE INDEX job_state ON job (state, id)",

        "CREATE TABLE event (\n"
        "  id INTEGER PRIMARY KEY,\n"
        "  time INTEGER NOT NULL,\n"
        "  kind TEXT NOT NULL,      -- push, environment, request, ...\n"
        "  repository TEXT NOT NULL,\n"
        "  subject TEXT NOT NULL,   -- ref, environment, branch\n"
        "  before TEXT NOT NULL,    -- oid or fingerprint, ''\n"
        "  after TEXT NOT NULL,\n"
        "  dedupe TEXT UNIQUE,      -- NULL: never a duplicate\n"
        "  planned INTEGER NOT NULL CHECK (planned IN (0, 1))\n"
        ") STRICT",
        "CREATE INDEX event_unplanned ON event (id) WHERE planned = 0",

        "CREATE TABLE decision (\n"
        "  id INTEGER PRIMARY KEY,\n"
        "  event INTEGER NOT NULL REFERENCES event (id),\n"
        "  time INTEGER NOT NULL,\n"
        "  kernel TEXT NOT NULL,    -- '' when not about one\n"
        "  hardware TEXT NOT NULL,\n"
        "  workload TEXT NOT NULL,\n"
        "  action TEXT NOT NULL,    -- search, verify, ignore, ...\n"
        "  reason TEXT NOT NULL,    -- one sentence\n"
        "  job INTEGER REFERENCES job (id)\n"
        ") STRICT",
        "CREATE INDEX decision_event ON decision (event, id)",

        NULL,
};

static const char *const graph_tables[] = {
        "CREATE TABLE campaign (\n"
        "  id INTEGER PRIMARY KEY,\n"
        "  key TEXT NOT NULL UNIQUE CHECK (key <> ''), -- search key\n"
        "  repository TEXT NOT NULL,\n"
        "  revision TEXT NOT NULL,  -- commit it was planned on\n"
        "  kernel TEXT NOT NULL,\n"
        "  hardware TEXT NOT NULL,\n"
        "  spec TEXT REFERENCES spec (hash),\n"
        "  environment TEXT NOT NULL, -- hash, as planned; runs have theirs\n"
        "  workloads TEXT NOT NULL, -- JSON, weights frozen\n"
        "  policy TEXT NOT NULL,\n"
        "  seed INTEGER NOT NULL,\n"
        "  state TEXT NOT NULL CHECK (state IN ('running', 'ended')),\n"
        "  ending TEXT NOT NULL,    -- stall, floor, time, ...; '' running\n"
        "  seconds REAL NOT NULL,   -- spent\n"
        "  best INTEGER,            -- node\n"
        "  started INTEGER NOT NULL,\n"
        "  ended INTEGER NOT NULL,  -- 0 while running\n"
        "  CHECK ((state = 'running') = (ending = '')),\n"
        "  FOREIGN KEY (id, best) REFERENCES node (campaign, id)\n"
        ") STRICT",
        "CREATE INDEX campaign_kernel ON campaign (kernel, id)",
        "CREATE INDEX campaign_spec ON campaign (spec)",

        "CREATE TABLE node (\n"
        "  id INTEGER PRIMARY KEY,\n"
        "  campaign INTEGER NOT NULL REFERENCES campaign (id),\n"
        "  parent INTEGER,          -- NULL: from the root\n"
        "  phase TEXT NOT NULL,     -- draft, expand\n"
        "  origin TEXT NOT NULL,    -- schedule, tune, incumbent, ...\n"
        "  move TEXT NOT NULL,      -- what changed\n"
        "  language TEXT NOT NULL,\n"
        "  source TEXT NOT NULL REFERENCES source (hash),\n"
        "  schedule TEXT NOT NULL,  -- or tune values\n"
        "  state TEXT NOT NULL CHECK (state IN ('new', 'evaluated',\n"
        "    'wrong', 'failed')),\n"
        "  stage TEXT NOT NULL,     -- furthest, '' before any\n"
        "  fitness REAL NOT NULL,   -- 0 unless correct\n"
        "  failure TEXT NOT NULL,   -- what a proposer may know\n"
        "  created INTEGER NOT NULL,\n"
        "  UNIQUE (campaign, id),\n"
        "  UNIQUE (campaign, source),\n"
        "  CHECK (parent < id),\n"
        "  CHECK (fitness = 0 OR state = 'evaluated'),\n"
        "  FOREIGN KEY (campaign, parent) REFERENCES node (campaign, id)\n"
        ") STRICT",
        "CREATE INDEX node_source ON node (source)",
        "CREATE INDEX node_fitness ON node (campaign, fitness)",

        NULL,
};

static const char *const result_tables[] = {
        "CREATE TABLE run (\n"
        "  id INTEGER PRIMARY KEY,\n"
        "  time INTEGER NOT NULL,\n"
        "  node INTEGER REFERENCES node (id), -- NULL: no campaign\n"
        "  spec TEXT NOT NULL REFERENCES spec (hash),\n"
        "  source TEXT NOT NULL REFERENCES source (hash),\n"
        "  environment TEXT NOT NULL REFERENCES environment (hash),\n"
        "  stage TEXT NOT NULL,     -- last completed, S0 .. S4\n"
        "  correct INTEGER NOT NULL CHECK (correct IN (0, 1)),\n"
        "  fitness REAL NOT NULL,\n"
        "  ratio REAL NOT NULL,     -- baseline / candidate; 0 unmeasured\n"
        "  low REAL NOT NULL,       -- of its 95 % interval\n"
        "  high REAL NOT NULL,\n"
        "  method INTEGER NOT NULL, -- version of the measurement\n"
        "  threads INTEGER NOT NULL,\n"
        "  grade TEXT NOT NULL,     -- of the cell: A, B\n"
        "  cold INTEGER NOT NULL CHECK (cold IN (0, 1)),\n"
        "  wall_ns INTEGER NOT NULL,\n"
        "  compile_ns INTEGER NOT NULL,\n"
        "  calls_ns INTEGER NOT NULL, -- inside both sides' calls\n"
        "  identity TEXT NOT NULL,  -- hash of loadable code, launch data\n"
        "  seeds TEXT NOT NULL,     -- JSON; secret while searching\n"
        "  reason TEXT NOT NULL     -- one sentence\n"
        ") STRICT",
        "CREATE INDEX run_source ON run (source, spec, id)",
        "CREATE INDEX run_node ON run (node)",

        "CREATE TABLE run_check (\n"
        "  run INTEGER NOT NULL REFERENCES run (id),\n"
        "  position INTEGER NOT NULL, -- in the order they ran\n"
        "  name TEXT NOT NULL,      -- oracle, bounds, pure, ...\n"
        "  stage TEXT NOT NULL,\n"
        "  passed INTEGER NOT NULL CHECK (passed IN (0, 1)),\n"
        "  detail TEXT NOT NULL,    -- what was seen, '' when passed\n"
        "  PRIMARY KEY (run, position)\n"
        ") STRICT, WITHOUT ROWID",

        "CREATE TABLE measure (\n"
        "  id INTEGER PRIMARY KEY,\n"
        "  run INTEGER NOT NULL REFERENCES run (id),\n"
        "  workload TEXT NOT NULL,  -- binding text\n"
        "  stage TEXT NOT NULL,\n"
        "  baseline TEXT NOT NULL,  -- blob id or generated@version\n"
        "  identical INTEGER NOT NULL CHECK (identical IN (0, 1)),\n"
        "  ratio REAL NOT NULL,     -- baseline / candidate\n"
        "  low REAL NOT NULL,\n"
        "  high REAL NOT NULL,\n"
        "  null_low REAL NOT NULL,  -- baseline against itself\n"
        "  null_high REAL NOT NULL,\n"
        "  candidate_ns REAL NOT NULL, -- median per call\n"
        "  baseline_ns REAL NOT NULL,\n"
        "  rounds INTEGER NOT NULL\n"
        ") STRICT",
        "CREATE INDEX measure_run ON measure (run)",

        "CREATE TABLE sample (\n"
        "  id INTEGER PRIMARY KEY,\n"
        "  measure INTEGER NOT NULL REFERENCES measure (id),\n"
        "  side TEXT NOT NULL CHECK (side IN ('candidate', 'baseline')),\n"
        "  count INTEGER NOT NULL,\n"
        "  minimum_ns REAL NOT NULL,\n"
        "  tenth_ns REAL NOT NULL,  -- 10th percentile\n"
        "  median_ns REAL NOT NULL,\n"
        "  ninetieth_ns REAL NOT NULL,\n"
        "  mean_ns REAL NOT NULL,\n"
        "  data BLOB NOT NULL,      -- zstd of doubles, ns per call\n"
        "  UNIQUE (measure, side)\n"
        ") STRICT",

        "CREATE TABLE verification (\n"
        "  id INTEGER PRIMARY KEY,\n"
        "  run INTEGER NOT NULL UNIQUE REFERENCES run (id),\n"
        "  passed INTEGER NOT NULL CHECK (passed IN (0, 1)),\n"
        "  UNIQUE (id, passed)\n"
        ") STRICT",

        "CREATE TABLE exclusion (\n"
        "  run INTEGER PRIMARY KEY REFERENCES run (id),\n"
        "  time INTEGER NOT NULL,\n"
        "  reason TEXT NOT NULL CHECK (reason <> '')\n"
        ") STRICT",

        "CREATE TABLE verdict (\n"
        "  id INTEGER PRIMARY KEY,\n"
        "  time INTEGER NOT NULL,\n"
        "  campaign INTEGER REFERENCES campaign (id),\n"
        "  node INTEGER REFERENCES node (id),\n"
        "  run INTEGER REFERENCES run (id),\n"
        "  verification INTEGER,\n"
        "  passed INTEGER,          -- the verification's\n"
        "  verdict TEXT NOT NULL CHECK (verdict IN ('accepted', 'first',\n"
        "    'rejected', 'inconclusive', 'suspect')),\n"
        "  repository TEXT NOT NULL,\n"
        "  kernel TEXT NOT NULL,\n"
        "  hardware TEXT NOT NULL,\n"
        "  spec TEXT NOT NULL REFERENCES spec (hash),\n"
        "  source TEXT REFERENCES source (hash),\n"
        "  environment TEXT NOT NULL REFERENCES environment (hash),\n"
        "  inputs TEXT NOT NULL,    -- JSON: what it holds for\n"
        "  reason TEXT NOT NULL,    -- one sentence\n"
        "  ratio REAL NOT NULL,\n"
        "  low REAL NOT NULL,\n"
        "  high REAL NOT NULL,\n"
        "  method INTEGER NOT NULL,\n"
        "  threads INTEGER NOT NULL,\n"
        "  grade TEXT NOT NULL,\n"
        "  FOREIGN KEY (verification, passed)\n"
        "    REFERENCES verification (id, passed),\n"
        "  CHECK ((verification IS NULL) = (passed IS NULL)),\n"
        "  CONSTRAINT accepted_needs_a_passed_verification CHECK (\n"
        "    verdict NOT IN ('accepted', 'first')\n"
        "    OR (passed IS NOT NULL AND passed = 1\n"
        "        AND source IS NOT NULL))\n"
        ") STRICT",
        "CREATE INDEX verdict_kernel"
        " ON verdict (kernel, hardware, repository, id)",
        "CREATE INDEX verdict_newest ON verdict (kernel, id)",
        "CREATE INDEX verdict_repository ON verdict (repository, id)",
        "CREATE INDEX verdict_source ON verdict (source)",
        "CREATE INDEX verdict_run ON verdict (run)",

        NULL,
};

static const char *const result_triggers[] = {
        "CREATE TRIGGER run_check_complete BEFORE INSERT ON run_check\n"
        "WHEN EXISTS (SELECT 1 FROM verification WHERE run = NEW.run)\n"
        "BEGIN SELECT RAISE(ABORT, 'this run is complete: its verification\n"
        " is stored'); END",
        "CREATE TRIGGER verification_honest BEFORE INSERT ON verification\n"
        "WHEN NEW.passed = 1 AND (\n"
        "  NOT EXISTS (SELECT 1 FROM run_check WHERE run = NEW.run)\n"
        "  OR EXISTS (SELECT 1 FROM run_check\n"
        "             WHERE run = NEW.run AND passed = 0)\n"
        "  OR NOT EXISTS (SELECT 1 FROM run\n"
        "                 WHERE id = NEW.run AND correct = 1))\n"
        "BEGIN SELECT RAISE(ABORT, 'a verification passes only with checks "
        "that all passed'); END",
        "CREATE TRIGGER verdict_same_thing BEFORE INSERT ON verdict\n"
        "WHEN NEW.verification IS NOT NULL AND NOT EXISTS (\n"
        "  SELECT 1 FROM verification v JOIN run r ON r.id = v.run\n"
        "  WHERE v.id = NEW.verification AND v.run = NEW.run\n"
        "    AND r.spec = NEW.spec\n"
        "    AND r.source = NEW.source AND r.environment = NEW.environment)\n"
        "BEGIN SELECT RAISE(ABORT, 'the verdict and its verification differ "
        "in run, spec, source or environment'); END",
        APPEND_ONLY("run"),
        APPEND_ONLY("run_check"),
        APPEND_ONLY("measure"),
        APPEND_ONLY("sample"),
        APPEND_ONLY("verification"),
        APPEND_ONLY("exclusion"),
        APPEND_ONLY("verdict"),
        NULL,
};

static const char *const proposal_tables[] = {
        "CREATE TABLE proposal (\n"
        "  id INTEGER PRIMARY KEY,\n"
        "  repository TEXT NOT NULL,\n"
        "  kernel TEXT NOT NULL,\n"
        "  hardware TEXT NOT NULL,\n"
        "  branch TEXT NOT NULL,\n"
        "  state TEXT NOT NULL CHECK (state IN ('ready', 'open', 'taken',\n"
        "    'frozen', 'merged', 'refused', 'withdrawn', 'superseded')),\n"
        "  verdict INTEGER REFERENCES verdict (id),\n"
        "  inputs_hash TEXT NOT NULL, -- what it holds for\n"
        "  path TEXT NOT NULL,      -- in the repository\n"
        "  content TEXT NOT NULL,   -- of the file, whole\n"
        "  blob TEXT NOT NULL,      -- its git blob id\n"
        "  base TEXT NOT NULL,      -- commit it was made on, ''\n"
        "  tip TEXT NOT NULL,       -- our commit, ''\n"
        "  intent TEXT NOT NULL,    -- commit about to be referenced, ''\n"
        "  low REAL NOT NULL,       -- lower end of what it claims\n"
        "  seconds_saved REAL NOT NULL, -- rank among ready ones\n"
        "  created INTEGER NOT NULL,\n"
        "  updated INTEGER NOT NULL,\n"
        "  opened INTEGER NOT NULL, -- last time, 0 never\n"
        "  note TEXT NOT NULL,      -- why it is in its state\n"
        "  CHECK (verdict IS NOT NULL OR kernel = 'knowledge')\n"
        ") STRICT",
        "CREATE INDEX proposal_state ON proposal (repository, state, id)",
        "CREATE INDEX proposal_branch ON proposal (branch, id)",
        "CREATE INDEX proposal_verdict ON proposal (verdict)",
        "CREATE TRIGGER proposal_accepted BEFORE INSERT ON proposal\n"
        "WHEN NEW.verdict IS NOT NULL AND NOT EXISTS (\n"
        "  SELECT 1 FROM verdict WHERE id = NEW.verdict\n"
        "    AND verdict IN ('accepted', 'first'))\n"
        "BEGIN SELECT RAISE(ABORT, 'a proposal needs a verdict that is "
        "accepted or first'); END",

        "CREATE TABLE proposal_step (\n"
        "  id INTEGER PRIMARY KEY,\n"
        "  proposal INTEGER NOT NULL REFERENCES proposal (id),\n"
        "  time INTEGER NOT NULL,\n"
        "  old_state TEXT NOT NULL, -- '' for the first\n"
        "  event TEXT NOT NULL,\n"
        "  new_state TEXT NOT NULL,\n"
        "  note TEXT NOT NULL\n"
        ") STRICT",
        "CREATE INDEX proposal_step_of ON proposal_step (proposal, id)",
        APPEND_ONLY("proposal_step"),
        NULL,
};

static const char *const derived_tables[] = {
        "CREATE TABLE kernel_summary (\n"
        "  repository TEXT NOT NULL,\n"
        "  kernel TEXT NOT NULL,\n"
        "  hardware TEXT NOT NULL,\n"
        "  verdicts INTEGER NOT NULL, -- excluded runs left out\n"
        "  wins INTEGER NOT NULL,   -- accepted or first\n"
        "  latest INTEGER NOT NULL REFERENCES verdict (id),\n"
        "  best INTEGER REFERENCES verdict (id), -- win of highest low\n"
        "  updated INTEGER NOT NULL, -- time of the latest\n"
        "  PRIMARY KEY (kernel, hardware, repository)\n"
        ") STRICT, WITHOUT ROWID",
        "CREATE VIEW kernel_summary_now AS\n"
        "  SELECT repository, kernel, hardware, count(*) AS verdicts,\n"
        "    sum(verdict IN ('accepted', 'first')) AS wins,\n"
        "    max(id) AS latest,\n"
        "    (SELECT b.id FROM verdict b\n"
        "     WHERE b.kernel = v.kernel AND b.hardware = v.hardware\n"
        "       AND b.repository = v.repository\n"
        "       AND b.verdict IN ('accepted', 'first')\n"
        "       AND b.run NOT IN (SELECT run FROM exclusion)\n"
        "     ORDER BY b.low DESC, b.id DESC LIMIT 1) AS best,\n"
        "    max(time) AS updated\n"
        "  FROM verdict v\n"
        "  WHERE run IS NULL OR run NOT IN (SELECT run FROM exclusion)\n"
        "  GROUP BY kernel, hardware, repository",
        NULL,
};

static const char *const outside_tables[] = {
        "CREATE TABLE outside (\n"
        "  id INTEGER PRIMARY KEY,\n"
        "  run INTEGER NOT NULL REFERENCES run (id),\n"
        "  workload TEXT NOT NULL,  -- binding text\n"
        "  name TEXT NOT NULL,      -- openblas, pytorch, torch.compile\n"
        "  version TEXT NOT NULL,   -- of library and language, ''\n"
        "  skipped TEXT NOT NULL,   -- why it was not measured, ''\n"
        "  ratio REAL NOT NULL,     -- its time / the candidate's\n"
        "  low REAL NOT NULL,\n"
        "  high REAL NOT NULL,\n"
        "  outside_ns REAL NOT NULL, -- median per call\n"
        "  candidate_ns REAL NOT NULL,\n"
        "  rounds INTEGER NOT NULL\n"
        ") STRICT",
        "CREATE INDEX outside_run ON outside (run)",
        APPEND_ONLY("outside"),
        NULL,
};

/* Only the blob, only whole, only where the text of what was measured is gone
 * too: samples expire with it. */
static const char *const sample_expiry[] = {
        "DROP TRIGGER sample_keep_update",
        "UPDATE sample SET data = x'' WHERE measure IN (\n"
        "  SELECT m.id FROM source s JOIN run r ON r.source = s.hash\n"
        "  JOIN measure m ON m.run = r.id WHERE s.text IS NULL)",
        /* Without a list of columns, which a new rowid would pass. */
        "CREATE TRIGGER sample_keep_update BEFORE UPDATE ON sample\n"
        "WHEN NEW.data <> x''\n"
        "  OR (NEW.id, NEW.measure, NEW.side, NEW.count, NEW.minimum_ns,\n"
        "    NEW.tenth_ns, NEW.median_ns, NEW.ninetieth_ns, NEW.mean_ns)\n"
        "  IS NOT (OLD.id, OLD.measure, OLD.side, OLD.count,\n"
        "    OLD.minimum_ns, OLD.tenth_ns, OLD.median_ns, OLD.ninetieth_ns,\n"
        "    OLD.mean_ns)\n"
        "  OR NOT EXISTS (\n"
        "    SELECT 1 FROM measure m JOIN run r ON r.id = m.run\n"
        "    JOIN source s ON s.hash = r.source\n"
        "    WHERE m.id = OLD.measure AND s.text IS NULL)\n"
        "BEGIN SELECT RAISE(ABORT, 'results are append-only: samples expire "
        "whole, with the text of their source'); END",
        NULL,
};

#define ENDS_WITH_SLASH " WHERE repository LIKE '/_%/'"
#define STRIP(table)    \
        "UPDATE " table \
        " SET repository = rtrim(repository, '/')" ENDS_WITH_SLASH

/* The host file's "/srv/team/" was the repository's name as it stood there.
 * In keys and names of values it is a word between blanks. Where both names
 * were in use, what has the one without a slash is the newer. What is derived
 * follows by itself. */
static const char *const stripped_names[] = {
        "UPDATE OR IGNORE value SET name = rtrim(replace(name || ' ',\n"
        "    ' ' || r.old || ' ', ' ' || rtrim(r.old, '/') || ' '))\n"
        "  FROM (SELECT DISTINCT repository AS old FROM event" ENDS_WITH_SLASH
        ") AS r\n"
        "  WHERE instr(name || ' ', ' ' || r.old || ' ')",
        "UPDATE OR IGNORE job SET repository = rtrim(repository, '/'),\n"
        "    key = replace(key, ' ' || repository || ' ',\n"
        "      ' ' || rtrim(repository, '/') || ' ')" ENDS_WITH_SLASH,
        STRIP("event"),
        STRIP("campaign"),
        STRIP("proposal"),
        "DROP TRIGGER verdict_keep_update",
        STRIP("verdict"),
        KEEP_UPDATE("verdict"),
        NULL,
};

const struct migration migrations[] = {
        {"texts and small values", first_tables},
        {"queue, events and decisions", queue_tables},
        {"campaigns and their graphs", graph_tables},
        {"results", result_tables},
        {"results are append-only and honest", result_triggers},
        {"proposals", proposal_tables},
        {"what pages read", derived_tables},
        {"outside baselines", outside_tables},
        {"samples expire", sample_expiry},
        {"repositories without a slash at the end", stripped_names},
};

const int migration_count = sizeof migrations / sizeof migrations[0];
