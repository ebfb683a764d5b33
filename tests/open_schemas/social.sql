-- The patterns of a social network, as Mastodon has them, in words of our own: numbers that a function
-- makes of the time, foreign keys that cascade, many partial indexes, uniqueness of pairs.

CREATE FUNCTION timestamp_id(name text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  time_part bigint := (date_part('epoch', now()) * 1000)::bigint << 16;
BEGIN
  RETURN time_part | (nextval(name || '_id_seq') & 65535);
END $$;
CREATE SEQUENCE statuses_id_seq;
CREATE SEQUENCE accounts_id_seq;

CREATE TABLE accounts (
  id bigint PRIMARY KEY DEFAULT timestamp_id('accounts'),
  username varchar DEFAULT '' NOT NULL,
  domain varchar,
  private_key text,
  public_key text DEFAULT '' NOT NULL,
  display_name varchar DEFAULT '' NOT NULL,
  uri varchar DEFAULT '' NOT NULL,
  url varchar,
  protocol integer DEFAULT 0 NOT NULL,
  moved_to_account_id bigint REFERENCES accounts ON DELETE SET NULL,
  fields jsonb,
  also_known_as varchar[],
  suspended_at timestamp,
  created_at timestamp NOT NULL,
  updated_at timestamp NOT NULL
);
CREATE UNIQUE INDEX accounts_username_domain
  ON accounts (lower(username), COALESCE(lower(domain), ''));
CREATE INDEX accounts_uri ON accounts (uri);
CREATE INDEX accounts_url ON accounts (url text_pattern_ops) WHERE url IS NOT NULL;
CREATE INDEX accounts_moved ON accounts (moved_to_account_id) WHERE moved_to_account_id IS NOT NULL;
CREATE INDEX accounts_domain ON accounts (domain, id);

CREATE TABLE statuses (
  id bigint PRIMARY KEY DEFAULT timestamp_id('statuses'),
  uri varchar,
  text text DEFAULT '' NOT NULL,
  account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  in_reply_to_id bigint REFERENCES statuses ON DELETE SET NULL,
  in_reply_to_account_id bigint REFERENCES accounts ON DELETE SET NULL,
  reblog_of_id bigint REFERENCES statuses ON DELETE CASCADE,
  visibility integer DEFAULT 0 NOT NULL,
  sensitive boolean DEFAULT false NOT NULL,
  language varchar,
  ordered_media_attachment_ids bigint[],
  deleted_at timestamp,
  created_at timestamp NOT NULL,
  updated_at timestamp NOT NULL
);
CREATE UNIQUE INDEX statuses_uri ON statuses (uri text_pattern_ops) WHERE uri IS NOT NULL;
CREATE INDEX statuses_account ON statuses (account_id, id DESC, visibility, updated_at)
  WHERE deleted_at IS NULL;
CREATE INDEX statuses_reply ON statuses (in_reply_to_id) WHERE in_reply_to_id IS NOT NULL;
CREATE INDEX statuses_reblog ON statuses (reblog_of_id, account_id);
CREATE INDEX statuses_local ON statuses (id DESC, account_id)
  WHERE uri IS NULL AND deleted_at IS NULL AND visibility = 0;
CREATE INDEX statuses_deleted ON statuses (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE TABLE follows (
  id bigserial PRIMARY KEY,
  account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  target_account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  show_reblogs boolean DEFAULT true NOT NULL,
  languages varchar[],
  created_at timestamp NOT NULL
);
CREATE UNIQUE INDEX follows_pair ON follows (account_id, target_account_id);
CREATE INDEX follows_target ON follows (target_account_id, id);

CREATE TABLE favourites (
  id bigserial PRIMARY KEY,
  account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  status_id bigint NOT NULL REFERENCES statuses ON DELETE CASCADE,
  created_at timestamp NOT NULL,
  UNIQUE (account_id, status_id)
);
CREATE INDEX favourites_account ON favourites (account_id, id);
CREATE INDEX favourites_status ON favourites (status_id);

CREATE TABLE tags (
  id bigserial PRIMARY KEY,
  name varchar DEFAULT '' NOT NULL,
  usable boolean,
  max_score double precision
);
CREATE UNIQUE INDEX tags_name ON tags (lower(name) text_pattern_ops);
CREATE TABLE statuses_tags (
  status_id bigint NOT NULL REFERENCES statuses ON DELETE CASCADE,
  tag_id bigint NOT NULL REFERENCES tags ON DELETE CASCADE,
  PRIMARY KEY (tag_id, status_id)
);
CREATE INDEX statuses_tags_status ON statuses_tags (status_id);

CREATE TABLE account_stats (
  id bigserial PRIMARY KEY,
  account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  statuses_count bigint DEFAULT 0 NOT NULL,
  followers_count bigint DEFAULT 0 NOT NULL,
  last_status_at timestamp
);
CREATE UNIQUE INDEX account_stats_account ON account_stats (account_id);
CREATE INDEX account_stats_last ON account_stats (last_status_at DESC NULLS LAST, account_id);

CREATE TABLE poll_votes (
  id bigserial PRIMARY KEY,
  account_id bigint REFERENCES accounts ON DELETE CASCADE,
  poll_id bigint,
  choice integer DEFAULT 0 NOT NULL,
  uri varchar
);
CREATE INDEX poll_votes_account ON poll_votes (account_id);
CREATE INDEX poll_votes_poll ON poll_votes (poll_id);

CREATE TABLE settings (
  id bigserial PRIMARY KEY,
  var varchar NOT NULL,
  value text,
  thing_type varchar,
  thing_id bigint
);
CREATE UNIQUE INDEX settings_thing ON settings (thing_type, thing_id, var);

CREATE MATERIALIZED VIEW instances AS
  SELECT domain, count(*) AS accounts_count FROM accounts WHERE domain IS NOT NULL GROUP BY domain;
CREATE UNIQUE INDEX instances_domain ON instances (domain);
CREATE INDEX instances_reverse ON instances (reverse('.' || domain), domain);
