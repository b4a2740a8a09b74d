"""What we keep in PostgreSQL: tables in a schema of ours, and the function by which a step asks for
rows and changes them. `statements` yields what makes all of it.

The rule does not stand here: the function knows rows, not rooms.
"""

from collections.abc import Iterator

#: Kept in the table `release`. A later release may make more beside it (`step_2`), so that workers
#: of both may run at the same time; `works_from` says which version a worker must know at least.
VERSION = 1
STEP, TIDY = f"step_{VERSION}", f"tidy_{VERSION}"
ARGUMENTS = "text, bigint, bigint, double precision, bytea, text, json, json, json"

#: Rows that are changed all the time. Dead ones are swept up soon, as long as it takes; those of
#: other tables of the database have no part in it.
_BUSY = (
    "autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000,"
    " autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.2,"
    " autovacuum_analyze_threshold = 5000"
)

#: Not by IF NOT EXISTS, which is refused to whoever may make none, even where it is there.
_SCHEMA = """
DO $make$ BEGIN
    IF to_regnamespace('{text}') IS NULL THEN
        CREATE SCHEMA {schema};
    END IF;
END $make$
"""

#: Most of a page stays free for the next versions of its rows, which then need no entry in an index
#: (HOT), and no sweeping but that of whoever uses the page next.
_TABLES = """
CREATE TABLE IF NOT EXISTS {schema}.release (
    one boolean PRIMARY KEY DEFAULT true CHECK (one), number int NOT NULL, works_from int NOT NULL);
INSERT INTO {schema}.release AS found (number, works_from) VALUES ({version}, {version})
    ON CONFLICT (one) DO UPDATE SET number = greatest(found.number, excluded.number);
CREATE UNLOGGED TABLE IF NOT EXISTS {schema}.run (
    one boolean PRIMARY KEY DEFAULT true CHECK (one), number bigint NOT NULL);
CREATE TABLE IF NOT EXISTS {schema}.rooms (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text COLLATE "C" NOT NULL UNIQUE,
    version bigint NOT NULL, state bytea NOT NULL)
    WITH (fillfactor = 10, toast_tuple_target = 8160, {busy});
ALTER TABLE {schema}.rooms ALTER COLUMN state SET STORAGE MAIN;
CREATE TABLE IF NOT EXISTS {schema}.items (
    room bigint NOT NULL, part smallint NOT NULL, key text COLLATE "C" NOT NULL,
    at float8 NOT NULL, data text NOT NULL, PRIMARY KEY (room, part, key))
    WITH (fillfactor = 80, {busy});
CREATE INDEX IF NOT EXISTS items_by_at ON {schema}.items (room, part, at);
CREATE TABLE IF NOT EXISTS {schema}.bits (
    room bigint NOT NULL, id bigint NOT NULL, data bytea NOT NULL,
    PRIMARY KEY (room, id)) WITH (fillfactor = 75, {busy});
ALTER TABLE {schema}.bits ALTER COLUMN data SET STORAGE PLAIN
"""

#: Asks for rows of a room, or, if the room still has the version that the worker knows, changes it.
#:
#: `known` is that version, 0 for a room that is not there; `fresh` the version that it gets, or
#: NULL if nothing is to be changed. `moment` is the time by which the worker reckons: if it is not
#: the present time, nothing is changed. `guessed` are keys of rows that, as the worker guesses, are
#: not there.
_STEP = """
CREATE OR REPLACE FUNCTION {schema}.{step}(room_name text, known bigint, fresh bigint,
    moment float8, new_state bytea, new_settings text, changes json, guessed json, asked json)
RETURNS TABLE (done boolean, now_version bigint, now_state bytea, settings text,
    told_at float8, run_number bigint, answers json, swept bigint)
LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $function$
DECLARE
    room_id bigint;
    sweep record;
BEGIN
    -- Before any room is locked: whoever waits here for another worker keeps nobody waiting.
    SELECT r.number INTO run_number FROM {schema}.run r;
    IF NOT FOUND THEN
        INSERT INTO {schema}.run (number) VALUES (floor(random() * 1e15) + 1)
            ON CONFLICT DO NOTHING;
        SELECT r.number INTO run_number FROM {schema}.run r;
    END IF;
    SELECT r.id, r.version, r.state INTO room_id, now_version, now_state
        FROM {schema}.rooms r WHERE r.name = room_name FOR NO KEY UPDATE;
    now_version := coalesce(now_version, 0);
    told_at := extract(epoch FROM clock_timestamp());
    done := false;
    IF fresh IS NOT NULL AND now_version = known
        AND (moment IS NULL OR abs(told_at - moment) < {stale})
        AND (guessed IS NULL OR NOT EXISTS (SELECT FROM json_array_elements(guessed) g
            JOIN {schema}.items i ON i.room = room_id AND i.part = (g->>0)::smallint
            AND i.key = g->>1))
    THEN
        IF known = 0 THEN
            INSERT INTO {schema}.rooms (name, version, state) VALUES (room_name, fresh, new_state)
                ON CONFLICT DO NOTHING RETURNING id INTO room_id;
        ELSE
            UPDATE {schema}.rooms r SET version = fresh, state = new_state WHERE r.id = room_id;
        END IF;
        done := room_id IS NOT NULL;
    END IF;
    IF done THEN
        now_version := fresh;
        now_state := NULL;
        IF new_settings IS NOT NULL THEN
            INSERT INTO {schema}.items VALUES (room_id, 0, '', 0, new_settings)
                ON CONFLICT (room, part, key) DO UPDATE SET data = excluded.data;
        END IF;
        IF changes->'drops' IS NOT NULL THEN
            DELETE FROM {schema}.items i USING json_array_elements(changes->'drops') d
                WHERE i.room = room_id AND i.part = (d->>0)::smallint
                AND i.at >= coalesce((d->>1)::float8, '-Infinity')
                AND i.at <= coalesce((d->>2)::float8, 'Infinity');
        END IF;
        IF changes->'gone' IS NOT NULL THEN
            DELETE FROM {schema}.items i USING json_array_elements(changes->'gone') g
                WHERE i.room = room_id AND i.part = (g->>0)::smallint AND i.key = g->>1;
        END IF;
        IF changes->'rows' IS NOT NULL THEN
            INSERT INTO {schema}.items SELECT room_id, (r->>0)::smallint, r->>1, (r->>2)::float8,
                r->>3 FROM json_array_elements(changes->'rows') r
                ON CONFLICT (room, part, key) DO UPDATE SET at = excluded.at, data = excluded.data;
        END IF;
        FOR sweep IN SELECT (s->>0)::smallint AS part, (s->>1)::float8 AS below,
            (s->>2)::int AS most FROM json_array_elements(changes->'sweeps') s
        LOOP
            DELETE FROM {schema}.items i WHERE i.room = room_id AND i.part = sweep.part
                AND i.key IN (SELECT o.key FROM {schema}.items o WHERE o.room = room_id
                AND o.part = sweep.part AND o.at < sweep.below LIMIT sweep.most);
        END LOOP;
        FOR sweep IN SELECT (s->>0)::smallint AS part, (s->>1)::int AS most
            FROM json_array_elements(changes->'trims') s
        LOOP
            DELETE FROM {schema}.items i WHERE i.room = room_id AND i.part = sweep.part
                AND i.at <= (SELECT o.at FROM {schema}.items o WHERE o.room = room_id
                AND o.part = sweep.part ORDER BY o.at DESC LIMIT 1 OFFSET sweep.most);
        END LOOP;
        IF changes->'chunk_drops' IS NOT NULL THEN
            DELETE FROM {schema}.bits b USING json_array_elements(changes->'chunk_drops') d
                WHERE b.room = room_id AND b.id >= (d->>0)::bigint AND b.id < (d->>1)::bigint;
        END IF;
        IF changes->'chunks' IS NOT NULL THEN
            INSERT INTO {schema}.bits SELECT room_id, (c->>0)::bigint, decode(c->>1, 'hex')
                FROM json_array_elements(changes->'chunks') c
                ON CONFLICT (room, id) DO UPDATE SET data = excluded.data;
        END IF;
        IF changes->'chunk_sweep' IS NOT NULL THEN
            DELETE FROM {schema}.bits b WHERE b.room = room_id AND b.id IN (SELECT o.id
                FROM {schema}.bits o WHERE o.room = room_id
                AND o.id >= (changes->'chunk_sweep'->>0)::bigint
                AND o.id < (changes->'chunk_sweep'->>1)::bigint LIMIT {sweep});
            GET DIAGNOSTICS swept = ROW_COUNT;
        END IF;
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT i.data INTO settings FROM {schema}.items i
        WHERE i.room = room_id AND i.part = 0 AND i.key = '';
    answers := json_build_object(
        'keys', (SELECT coalesce(json_agg(json_build_array(i.part, i.key, i.at, i.data)), '[]')
            FROM json_array_elements(asked->'keys') a JOIN {schema}.items i
            ON i.room = room_id AND i.part = (a->>0)::smallint AND i.key = a->>1),
        'up_to', (SELECT coalesce(json_agg(json_build_array(a->0, a->1, (
                SELECT coalesce(json_agg(json_build_array(i.key, i.at, i.data)), '[]')
                FROM {schema}.items i WHERE i.room = room_id AND i.part = (a->>0)::smallint
                AND i.at <= coalesce((a->>1)::float8, 'Infinity')))), '[]')
            FROM json_array_elements(asked->'up_to') a),
        'spans', (SELECT coalesce(json_agg(json_build_array(a->0, a->1, a->2, (
                SELECT coalesce(json_agg(json_build_array(o.key, o.at, o.data)), '[]')
                FROM (SELECT i.key, i.at, i.data FROM {schema}.items i WHERE i.room = room_id
                    AND i.part = (a->>0)::smallint
                    AND i.at > coalesce((a->>1)::float8, '-Infinity')
                    ORDER BY i.at LIMIT (a->>2)::int) o))), '[]')
            FROM json_array_elements(asked->'spans') a),
        'chunks', (SELECT coalesce(json_agg(json_build_array(b.id, encode(b.data, 'hex'))), '[]')
            FROM json_array_elements_text(asked->'chunks') a JOIN {schema}.bits b
            ON b.room = room_id AND b.id = a.value::bigint));
    RETURN NEXT;
END
$function$
"""

#: Writes a table anew whose dead rows are many times those that live, and cannot be swept up, since
#: a transaction that began before is still open somewhere in the database. They are passed over by
#: each look for a row, until a room is too slow to be used, and the table grows as long as that
#: transaction lasts. Only TRUNCATE frees their space. It needs the table alone, for some
#: milliseconds; a table that is large by what lives in it, or that others read (pg_dump), is left.
_TIDY = """
CREATE OR REPLACE FUNCTION {schema}.{tidy}() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    rooms {schema}.rooms[];
    items {schema}.items[];
    bits {schema}.bits[];
    worst text;
BEGIN
    SELECT c.relname INTO worst FROM pg_class c
        JOIN (VALUES ('rooms', {few}), ('items', {many}), ('bits', {many})) t (name, dead)
        ON t.name = c.relname
        WHERE c.relnamespace = '{schema}'::regnamespace
        AND pg_stat_get_dead_tuples(c.oid) > t.dead
        AND pg_stat_get_dead_tuples(c.oid) > 2 * pg_stat_get_live_tuples(c.oid)
        ORDER BY pg_stat_get_dead_tuples(c.oid)::float8 / t.dead DESC LIMIT 1;
    IF worst IS NULL OR NOT pg_try_advisory_xact_lock({lock}) THEN
        RETURN NULL;
    ELSIF worst = 'rooms' THEN
        LOCK TABLE {schema}.rooms IN ACCESS EXCLUSIVE MODE;
        rooms := ARRAY(SELECT r FROM {schema}.rooms r);
        TRUNCATE {schema}.rooms;
        INSERT INTO {schema}.rooms OVERRIDING SYSTEM VALUE SELECT * FROM unnest(rooms);
    ELSIF worst = 'items' THEN
        LOCK TABLE {schema}.items IN ACCESS EXCLUSIVE MODE;
        items := ARRAY(SELECT i FROM {schema}.items i);
        TRUNCATE {schema}.items;
        INSERT INTO {schema}.items SELECT * FROM unnest(items);
    ELSE
        LOCK TABLE {schema}.bits IN ACCESS EXCLUSIVE MODE;
        bits := ARRAY(SELECT b FROM {schema}.bits b);
        TRUNCATE {schema}.bits;
        INSERT INTO {schema}.bits SELECT * FROM unnest(bits);
    END IF;
    RETURN worst;
END
$function$
"""
#: Dead rows of rooms, and of the other tables, from which on that is done. Autovacuum comes first
#: where nothing holds it up: see _BUSY.
FEW, MANY = 500, 30_000
_TIDYING = 4_709_161_183  # one worker at a time does it; the number has no meaning

#: Seconds that the time by which a worker reckons may differ from the server's.
STALE = 0.2
SWEPT = 20


def statements(schema: str) -> Iterator[str]:
    """The statements that make what is not there yet, for a schema of this name, as a DBA may run
    them. Running them twice does no harm."""
    name = quoted(schema)
    yield _SCHEMA.strip().format(schema=name, text=name.replace("'", "''"))
    for statement in _TABLES.strip().split(";\n"):
        yield statement.format(schema=name, version=VERSION, busy=_BUSY)
    yield _TIDY.strip().format(schema=name, tidy=TIDY, few=FEW, many=MANY, lock=_TIDYING)
    yield _STEP.strip().format(schema=name, step=STEP, stale=STALE, sweep=SWEPT)


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'
