//! A database of many tables, each like the others and none the same.

use std::fmt::Write;

use tokio_postgres::Client;

/// How many tables go to the server in one transaction.
const BATCH: usize = 250;

/// Makes `tables` tables of 12 columns with 3 indexes, a foreign key, 2 checks and a trigger each,
/// and 3 routines for every 5 tables. Statistics stay as bulk DDL leaves them.
pub async fn database(client: &Client, tables: usize) {
    client.batch_execute(TOUCH).await.unwrap();
    for first in (0..tables).step_by(BATCH) {
        let mut script = String::from("BEGIN;\n");
        for n in first..(first + BATCH).min(tables) {
            table(&mut script, n);
            if n % 5 < 3 {
                routine(&mut script, n);
            }
        }
        script.push_str("COMMIT;");
        client.batch_execute(&script).await.unwrap();
    }
}

/// The name of the `n`th table.
pub fn name(n: usize) -> String {
    const WORDS: [&str; 7] =
        ["account", "booking", "client", "device", "entry", "folder", "message"];
    format!("{}_{n:05}", WORDS[n % WORDS.len()])
}

const TOUCH: &str = "
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;";

fn table(script: &mut String, n: usize) {
    let name = name(n);
    let parent = self::name(n / 2);
    // Both ways to number rows.
    let id = if n.is_multiple_of(2) {
        "bigserial PRIMARY KEY"
    } else {
        "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
    };
    write!(
        script,
        "
CREATE TABLE {name} (
    id {id},
    parent_id bigint NOT NULL,
    title varchar(120) NOT NULL DEFAULT '',
    status varchar(20) NOT NULL DEFAULT 'new',
    amount numeric(12,2) DEFAULT {n},
    active boolean NOT NULL DEFAULT true,
    note text,
    payload jsonb DEFAULT '{{}}',
    tags text[],
    day date,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    CONSTRAINT {name}_parent_fkey FOREIGN KEY (parent_id) REFERENCES {parent} (id) ON DELETE CASCADE,
    CONSTRAINT {name}_status_check CHECK (status IN ('new', 'open', 'closed', 'lost')),
    CONSTRAINT {name}_amount_check CHECK (amount >= 0 AND amount < {n} + 1000000)
);
CREATE INDEX {name}_parent_idx ON {name} (parent_id, created_at DESC);
CREATE INDEX {name}_day_idx ON {name} (day);
CREATE INDEX {name}_status_idx ON {name} (status) WHERE status IN ('new', 'open');
CREATE TRIGGER {name}_touch BEFORE UPDATE ON {name} FOR EACH ROW EXECUTE FUNCTION touch();
"
    )
    .unwrap();
}

fn routine(script: &mut String, n: usize) {
    let name = name(n);
    write!(
        script,
        "
CREATE FUNCTION close_{name}(p_parent bigint, p_before timestamptz DEFAULT now(), p_limit integer DEFAULT 100)
RETURNS TABLE(id bigint, closed_at timestamptz) LANGUAGE plpgsql STABLE AS $$
DECLARE
    closed integer := 0;
BEGIN
    -- Oldest first, no more than was asked for.
    FOR id, closed_at IN
        SELECT t.id, t.updated_at
        FROM public.{name} AS t
        WHERE t.parent_id = p_parent AND t.status = 'closed' AND t.created_at < p_before
        ORDER BY t.created_at
    LOOP
        closed := closed + 1;
        EXIT WHEN closed > p_limit;
        RETURN NEXT;
    END LOOP;
END
$$;
"
    )
    .unwrap();
}
