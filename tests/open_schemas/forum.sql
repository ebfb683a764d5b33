-- The patterns of a forum, as Discourse has them, in words of our own: integers that count up, hardly a
-- foreign key, walls' clocks, texts with limits, what belongs to anything by a type and a number.

CREATE SEQUENCE users_id_seq;
CREATE TABLE users (
  id integer NOT NULL PRIMARY KEY DEFAULT nextval('users_id_seq'),
  username varchar(60) NOT NULL,
  username_lower varchar(60) NOT NULL,
  name varchar,
  seen_notification_id bigint DEFAULT 0 NOT NULL,
  trust_level integer NOT NULL,
  ip_address inet,
  flair_group_id integer,
  last_seen_at timestamp,
  created_at timestamp NOT NULL,
  updated_at timestamp NOT NULL
);
ALTER SEQUENCE users_id_seq OWNED BY users.id;
CREATE UNIQUE INDEX users_username ON users (username);
CREATE UNIQUE INDEX users_username_lower ON users (username_lower);
CREATE INDEX users_last_seen ON users (last_seen_at);
CREATE INDEX users_previous_visit ON users (trust_level, last_seen_at DESC NULLS LAST);

CREATE TABLE categories (
  id serial PRIMARY KEY,
  name varchar(50) NOT NULL,
  color varchar(6) DEFAULT '0088CC' NOT NULL,
  parent_category_id integer,
  position integer,
  read_restricted boolean DEFAULT false NOT NULL,
  created_at timestamp NOT NULL,
  updated_at timestamp NOT NULL,
  CHECK (parent_category_id <> id)
);
CREATE UNIQUE INDEX categories_unique_name
  ON categories (COALESCE(parent_category_id, -1), lower(name));

CREATE TABLE topics (
  id serial PRIMARY KEY,
  title varchar NOT NULL,
  user_id integer,
  category_id integer,
  views integer DEFAULT 0 NOT NULL,
  posts_count integer DEFAULT 0 NOT NULL,
  archetype varchar DEFAULT 'regular' NOT NULL,
  deleted_at timestamp,
  bumped_at timestamp NOT NULL,
  created_at timestamp NOT NULL,
  updated_at timestamp NOT NULL,
  fancy_title varchar,
  CONSTRAINT has_category_id CHECK (category_id IS NOT NULL OR archetype <> 'regular'),
  CONSTRAINT pm_has_no_category CHECK (category_id IS NULL OR archetype <> 'private_message')
);
CREATE INDEX topics_bumped ON topics (bumped_at DESC);
CREATE INDEX topics_created_visible ON topics (created_at, archetype) WHERE deleted_at IS NULL;
CREATE INDEX topics_user ON topics (user_id) WHERE deleted_at IS NULL;
CREATE INDEX topics_lower_title ON topics (lower(title));

CREATE TABLE posts (
  id serial PRIMARY KEY,
  user_id integer,
  topic_id integer NOT NULL,
  post_number integer NOT NULL,
  raw text NOT NULL,
  cooked text NOT NULL,
  reply_to_post_number integer,
  hidden boolean DEFAULT false NOT NULL,
  score double precision,
  deleted_at timestamp,
  created_at timestamp NOT NULL,
  updated_at timestamp NOT NULL
);
CREATE UNIQUE INDEX posts_number_in_topic ON posts (topic_id, post_number);
CREATE INDEX posts_by_user ON posts (user_id, created_at);
CREATE INDEX posts_replies ON posts (reply_to_post_number);
CREATE INDEX posts_topic_deleted ON posts (topic_id) WHERE deleted_at IS NULL;

CREATE TABLE topic_users (
  user_id integer NOT NULL,
  topic_id integer NOT NULL,
  last_read_post_number integer,
  notification_level integer DEFAULT 1 NOT NULL,
  id serial PRIMARY KEY
);
CREATE UNIQUE INDEX topic_users_topic_user ON topic_users (topic_id, user_id);
CREATE UNIQUE INDEX topic_users_user_topic ON topic_users (user_id, topic_id);

CREATE TABLE post_actions (
  id serial PRIMARY KEY,
  post_id integer NOT NULL,
  user_id integer NOT NULL,
  post_action_type_id integer NOT NULL,
  targets_topic boolean DEFAULT false NOT NULL,
  deleted_at timestamp
);
CREATE UNIQUE INDEX post_actions_unique ON post_actions
  (user_id, post_id, post_action_type_id, targets_topic) WHERE deleted_at IS NULL;
CREATE INDEX post_actions_post ON post_actions (post_id);

CREATE TABLE notifications (
  id bigserial PRIMARY KEY,
  notification_type integer NOT NULL,
  user_id integer NOT NULL,
  data varchar(1000) NOT NULL,
  read boolean DEFAULT false NOT NULL,
  high_priority boolean DEFAULT false NOT NULL,
  topic_id integer,
  created_at timestamp NOT NULL
);
CREATE INDEX notifications_recent
  ON notifications (user_id, created_at DESC, topic_id) WHERE NOT read;
CREATE UNIQUE INDEX notifications_unread_first
  ON notifications (user_id, id) WHERE NOT read AND notification_type = 6;

CREATE TABLE custom_fields (
  id serial PRIMARY KEY,
  owner_type varchar NOT NULL,
  owner_id integer NOT NULL,
  name varchar(256) NOT NULL,
  value text
);
CREATE INDEX custom_fields_owner ON custom_fields (owner_type, owner_id, name);
CREATE INDEX custom_fields_owner_again ON custom_fields (owner_type, owner_id, name);

CREATE TABLE user_search (
  user_id integer PRIMARY KEY,
  search_data tsvector,
  raw_data text,
  locale text,
  version integer DEFAULT 0
);
CREATE INDEX user_search_data ON user_search USING gin (search_data);
CREATE TABLE plugin_store_rows (
  id serial PRIMARY KEY,
  plugin_name varchar NOT NULL,
  key varchar NOT NULL,
  type_name varchar NOT NULL,
  value json
);
CREATE UNIQUE INDEX plugin_store_rows_key ON plugin_store_rows (plugin_name, key);

CREATE TABLE category_groups (
  category_id integer NOT NULL,
  group_id integer NOT NULL,
  permission_type integer DEFAULT 1
);
CREATE TABLE imap_history (
  domain varchar NOT NULL,
  "order" integer NOT NULL
);
CREATE VIEW badge_posts AS SELECT p.* FROM posts p JOIN topics t ON t.id = p.topic_id
  WHERE p.deleted_at IS NULL AND t.deleted_at IS NULL;
